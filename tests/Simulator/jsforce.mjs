// Logs in with unmodified jsforce and tells what it saw, as one line of JSON per login.
// Usage: node jsforce.mjs <login URL> <username> <password> [<login URL> <username> <password> ...]
import { createRequire } from 'node:module';

const jsforce = createRequire(new URL('../npm/package.json', import.meta.url))('jsforce');

async function session(loginUrl, username, password) {
  const connection = new jsforce.Connection({ loginUrl });
  const user = await connection.login(username, password);
  const identity = await connection.identity();
  const limits = await connection.request('/services/data/v64.0/limits');
  const userInfo = await connection.request('/services/oauth2/userinfo');
  const { accessToken, instanceUrl, limitInfo } = connection;
  await connection.logout();
  const afterwards = await new jsforce.Connection({ instanceUrl, accessToken })
    .request('/services/data/v64.0/limits')
    .then(() => 'still alive', (error) => error.errorCode ?? error.name);
  return {
    instanceUrl,
    userId: user.id,
    orgId: user.organizationId,
    username: identity.username,
    userInfoId: userInfo.user_id,
    calls: limits.DailyApiRequests.Max,
    apiUsage: limitInfo.apiUsage?.limit,
    afterwards,
  };
}

for (let [loginUrl, username, password, ...rest] = process.argv.slice(2); loginUrl; [loginUrl, username, password, ...rest] = rest) {
  const seen = await session(loginUrl, username, password).catch((error) => ({ error: error.message }));
  console.log(JSON.stringify(seen));
}
