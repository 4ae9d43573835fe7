// The JWT bearer flow of unmodified jsforce; prints what it saw as one line of JSON for each pair of a login URL and an audience.
// Usage: node jsforce-jwt-bearer.mjs <client id> <username> <private key in PEM> (<login URL> <audience>)...
import { createSign } from 'node:crypto';
import { createRequire } from 'node:module';

const jsforce = createRequire(new URL('../npm/package.json', import.meta.url))('jsforce');
const [clientId, username, privateKey, ...pairs] = process.argv.slice(2);

const encode = (part) => Buffer.from(JSON.stringify(part)).toString('base64url');

const assert = (audience) => {
  const exp = Math.floor(Date.now() / 1000) + 120;
  const signed = `${encode({ alg: 'RS256' })}.${encode({ iss: clientId, sub: username, aud: audience, exp })}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url')}`;
};

for (let i = 0; i < pairs.length; i += 2) {
  const connection = new jsforce.Connection({ instanceUrl: pairs[i], oauth2: { loginUrl: pairs[i] } });
  try {
    const user = await connection.authorize({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: assert(pairs[i + 1]) });
    const identity = await connection.identity();
    const limits = await connection.request('/services/data/v64.0/limits');
    console.log(JSON.stringify({
      userId: user.id, orgId: user.organizationId, username: identity.username, calls: limits.DailyApiRequests.Max,
    }));
  } catch (error) {
    console.log(JSON.stringify({ name: error.name, message: error.message }));
  }
}
