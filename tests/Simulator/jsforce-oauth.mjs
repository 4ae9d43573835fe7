// The web server flow of unmodified jsforce, from the authorization URL to the end of the grant; prints what it saw as one line of JSON.
// Usage: node jsforce-oauth.mjs <login URL> <control URL> <client id> <client secret> <redirect URI>
import { createRequire } from 'node:module';

const jsforce = createRequire(new URL('../npm/package.json', import.meta.url))('jsforce');
const [loginUrl, controlUrl, clientId, clientSecret, redirectUri] = process.argv.slice(2);

const failure = (error) => ({ name: error.name, message: error.message });
const oauth2 = new jsforce.OAuth2({ loginUrl, clientId, clientSecret, redirectUri, useVerifier: true });

const authorizationUrl = oauth2.getAuthorizationUrl({ scope: 'api id refresh_token', state: 'a b' });
const { headers } = await fetch(authorizationUrl, { redirect: 'manual' });
const callback = new URL(headers.get('location'));

const connection = new jsforce.Connection({ oauth2 });
const refreshed = [];
connection.on('refresh', (accessToken) => refreshed.push(accessToken));
const user = await connection.authorize(callback.searchParams.get('code'));
const { refreshToken, accessToken: firstAccessToken } = connection;
const identity = await connection.identity();

await fetch(new URL('production/grants/1/access-tokens', controlUrl), { method: 'DELETE' });
const limits = await connection.request('/services/data/v64.0/limits');

const unknown = await connection.oauth2.revokeToken('unknown').then(() => 'revoked', failure);
await connection.logout(true);
const afterwards = await oauth2.refreshToken(refreshToken).then(() => 'refreshed', failure);

console.log(JSON.stringify({
  sentChallengeMethod: new URL(authorizationUrl).searchParams.get('code_challenge_method'),
  state: callback.searchParams.get('state'),
  userId: user.id,
  orgId: user.organizationId,
  username: identity.username,
  refreshes: refreshed.length,
  isNewToken: refreshed[0] !== firstAccessToken,
  calls: limits.DailyApiRequests.Max,
  unknown,
  afterwards,
}));
