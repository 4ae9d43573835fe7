// The client credentials flow of unmodified jsforce at each given login URL; prints what it saw as one line of JSON for each.
// Usage: node jsforce-client-credentials.mjs <client id> <client secret> <login URL>...
import { createRequire } from 'node:module';

const jsforce = createRequire(new URL('../npm/package.json', import.meta.url))('jsforce');
const [clientId, clientSecret, ...loginUrls] = process.argv.slice(2);

for (const loginUrl of loginUrls) {
  const connection = new jsforce.Connection({ instanceUrl: loginUrl, oauth2: { loginUrl, clientId, clientSecret } });
  try {
    const user = await connection.authorize({ grant_type: 'client_credentials' });
    const identity = await connection.identity();
    const limits = await connection.request('/services/data/v64.0/limits');
    console.log(JSON.stringify({
      userId: user.id, orgId: user.organizationId, username: identity.username, calls: limits.DailyApiRequests.Max,
    }));
  } catch (error) {
    console.log(JSON.stringify({ name: error.name, message: error.message }));
  }
}
