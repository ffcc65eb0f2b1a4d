// Who may not see a channel, who may see it no longer, and what a token's end or withdrawal does: the client stops where
// it must stop, and goes on where it may.

import assert from 'node:assert/strict';

import { Person } from '../../kit/people.mjs';
import { post, texts } from '../stage.mjs';

const BOTH = ['shared', 'separate'];
const NOBODY = '0190a5ad-0000-7000-8000-000000000000';
/** Long enough for dozens of attempts with the back-off of these scenarios. */
const QUIET = 700;
const upgrade = (request) => request.upgrade;

/** Tokens that the driver gives out, one answer after the other; null signs out. */
async function answerTokens(client, give) {
  let from = 0;
  for (;;) {
    const asked = await client.event({ event: 'token_wanted' }, { from });
    from = client.events.indexOf(asked) + 1;
    const token = await give(asked);
    await client.token(asked.n, token);
    if (token === null) return;
  }
}

export const rights = [
  {
    name: 'a refused channel is final and disturbs no other',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const hidden = await people.owner.createBot('Hidden');
      const proxy = await stage.proxy();
      const client = await stage.watching(people, { via: proxy });
      const since = await stage.head(people.owner, people.bot);
      const refused = [`bot:${hidden.id}`, `bot:${NOBODY}`];
      for (const channel of refused) await client.watch(channel);
      for (const channel of refused) await client.channel(channel, 'refused');
      await Promise.all([proxy.quietFor(QUIET, upgrade), post(people.owner, people.session, texts(3))]);
      await stage.exactly(client, people.viewer, people.bot, since);
      assert.deepEqual(client.durable(refused[0]), []);
    },
  },
  {
    name: 'a channel that was refused is live once there is a role and it is asked for again',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const client = await stage.client(people.stranger);
      await client.watch(`bot:${people.bot.id}`);
      await client.channel(`bot:${people.bot.id}`, 'refused');
      await people.owner.grant(people.bot, people.stranger);
      await client.leave(`bot:${people.bot.id}`);
      await client.join(`bot:${people.bot.id}`);
      const since = await stage.head(people.owner, people.bot);
      await post(people.owner, people.session, texts(2));
      await stage.exactly(client, people.stranger, people.bot, since);
    },
  },
  {
    name: 'a revocation is the last event, the channel ends, and nothing is tried again',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const own = await people.viewer.createBot('Own');
      const proxy = await stage.proxy();
      const client = await stage.watching(people, { via: proxy });
      await client.join(`bot:${own.id}`);
      const channel = `bot:${people.bot.id}`;
      await post(people.owner, people.session, texts(3, 'Before'));
      await people.owner.revoke(people.bot, people.viewer);
      await client.channel(channel, 'ended');
      const [at, own_since] = [proxy.upgrades, await stage.head(people.viewer, own)];
      await Promise.all([proxy.quietFor(QUIET, upgrade), post(people.owner, people.session, texts(3, 'After'))]);
      await people.viewer.createSession(own);
      await stage.exactly(client, people.viewer, own, own_since);
      const last = client.durable(channel).at(-1);
      assert.equal(last.type, 'permission_change');
      assert.equal(last.data.action, 'revoked');
      assert.equal(last.data.target_user_id, people.viewer.id);
      assert.equal(client.durable(channel).length, 4);
      assert.equal(proxy.upgrades, at);
    },
  },
  {
    name: 'a session channel ends with the role on its bot, and the notification of it arrives',
    modes: ['shared'],
    async run(stage) {
      const people = await stage.cast();
      const client = await stage.client(people.viewer);
      const channel = `session:${people.session.id}`;
      await client.join(channel);
      await client.join('notifications');
      await post(people.owner, people.session, texts(2, 'Before'));
      await people.owner.revoke(people.bot, people.viewer);
      await client.channel(channel, 'ended');
      await client.frame('notifications', ({ data }) => data.action === 'revoked');
      await post(people.owner, people.session, texts(2, 'After'));
      await people.owner.grant(people.bot, people.viewer);
      await client.frame('notifications', ({ data }) => data.action === 'granted');
      const told = client.durable(channel).map(({ data }) => data.content ?? data.action);
      assert.deepEqual(told, ['Before 1', 'Before 2', 'revoked']);
    },
  },
  {
    name: 'the channel of a session that is deleted ends with it, and its bot goes on',
    modes: ['shared'],
    async run(stage) {
      const people = await stage.cast();
      const client = await stage.watching(people);
      const channel = `session:${people.session.id}`;
      await client.join(channel);
      const since = await stage.head(people.owner, people.bot);
      await people.owner.call('DELETE', `/sessions/${people.session.id}`);
      await client.channel(channel, 'ended');
      await people.owner.createSession(people.bot);
      await stage.exactly(client, people.viewer, people.bot, since);
    },
  },
  {
    name: 'a bot that is deleted ends its channel for good',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      const client = await stage.watching(people, { via: proxy });
      await people.owner.call('DELETE', `/bots/${people.bot.id}`);
      await client.channel(`bot:${people.bot.id}`, 'ended');
      await proxy.quietFor(QUIET, upgrade);
      const last = client.durable(`bot:${people.bot.id}`).at(-1);
      assert.deepEqual([last.type, last.data.update_type], ['bot_update', 'deleted']);
    },
  },
  {
    name: 'one who was revoked while away learns it when back, and stops',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      const client = await stage.watching(people, { via: proxy });
      const mark = client.mark;
      const heal = proxy.rule(() => 'cut');
      proxy.cut();
      await client.state('reconnecting', mark);
      await people.owner.revoke(people.bot, people.viewer);
      heal();
      await client.event(({ event, state }) => event === 'channel' && (state === 'ended' || state === 'refused'), { from: mark });
      await proxy.quietFor(QUIET, (request) => request.upgrade && stage.mode === 'separate');
    },
  },
  {
    name: 'a token that ended is replaced by the refresh token, and the stream goes on without a gap',
    modes: BOTH,
    server: 'short',
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      const client = await stage.watching(people, { via: proxy, person: await people.viewer.again(), options: { renewBefore: 0 } });
      const mark = client.mark;
      const since = await stage.head(await people.owner.again(), people.bot);
      // The new one comes too late for an open socket: it is closed with 4001 first.
      const away = client.event(({ event, channel, state }) => event === 'channel' && channel === `bot:${people.bot.id}` && state !== 'live', { from: mark });
      const past = away.then(() => undefined, () => undefined);
      proxy.rule(({ path }) => (path === '/api/auth/refresh' ? past : undefined));
      const left = await away;
      await post(await people.owner.again(), people.session, texts(3, 'Meanwhile'));
      await client.channel(`bot:${people.bot.id}`, 'live', client.events.indexOf(left));
      await post(await people.owner.again(), people.session, texts(3, 'After'));
      await stage.exactly(client, await people.viewer.again(), people.bot, since);
      assert.ok(proxy.requests.some(({ path }) => path === '/api/auth/refresh'));
    },
  },
  {
    name: 'a token is renewed on the open socket before it ends',
    modes: BOTH,
    server: 'renewing',
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      const client = await stage.watching(people, { via: proxy, person: await people.viewer.again(), options: { renewBefore: 6_500 } });
      const since = await stage.head(await people.owner.again(), people.bot);
      const refresh = ({ path }) => path === '/api/auth/refresh';
      // One at least every four seconds: the socket has outlived its first token by then.
      for (let n = 1; n <= 3; n++) await proxy.request(refresh);
      await post(await people.owner.again(), people.session, texts(3));
      await stage.exactly(client, await people.viewer.again(), people.bot, since);
      assert.equal(proxy.upgrades, 1);
      assert.equal(client.events.filter(({ event, state }) => event === 'state' && state === 'reconnecting').length, 0);
    },
  },
  {
    name: 'tokens that live shorter than the time before which they are renewed cause no storm',
    modes: ['shared'],
    server: 'short',
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      const client = await stage.watching(people, { via: proxy, person: await people.viewer.again(), options: { renewBefore: 60_000 } });
      const refresh = ({ path }) => path === '/api/auth/refresh';
      const began = Date.now();
      for (let n = 1; n <= 2; n++) await proxy.request(refresh);
      const lived = Date.now() - began;
      await post(await people.owner.again(), people.session, ['still there']);
      await client.frame(`bot:${people.bot.id}`, ({ data }) => data?.content === 'still there');
      const count = proxy.requests.filter(refresh).length;
      assert.ok(count <= 3 + lived / 300, `${count} renewals in ${lived} ms`);
    },
  },
  {
    name: 'a refresh that the network swallows does not sign out',
    modes: ['shared'],
    server: 'short',
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      const client = await stage.watching(people, { via: proxy, person: await people.viewer.again(), options: { renewBefore: 0 } });
      let left = 3;
      proxy.rule(({ path }) => (path === '/api/auth/refresh' && left-- > 0 ? 'cut' : undefined));
      const mark = client.mark;
      const gone = await client.event(({ event, state }) => event === 'state' && state !== 'open', { from: mark });
      await client.channel(`bot:${people.bot.id}`, 'live', client.events.indexOf(gone));
      assert.ok(left <= 0);
      assert.equal(client.events.filter(({ event }) => event === 'signed_out').length, 0);
    },
  },
  {
    name: 'five calls with a token that ended need one refresh',
    modes: ['shared'],
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      const device = await people.viewer.again();
      await device.logOut();
      const { access_token } = device.tokens;
      const client = await stage.client(people.viewer, { via: proxy, tokens: { ...people.viewer.tokens, access_token } });
      const bots = await Promise.all(texts(5).map(() => client.call('getBot', { bot_id: people.bot.id })));
      assert.deepEqual(bots.map(({ id }) => id), Array(5).fill(people.bot.id));
      assert.equal(proxy.requests.filter(({ path }) => path === '/api/auth/refresh').length, 1);
    },
  },
  {
    name: 'a withdrawn token is asked for again, and null signs out and stops',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      const device = await people.viewer.again();
      const answers = [device.tokens.access_token, null];
      const client = await stage.client(people.viewer, { via: proxy, tokens: null, askForTokens: true });
      const asked = answerTokens(client, () => answers.shift() ?? null);
      await client.join(`bot:${people.bot.id}`);
      await device.logOut();
      await asked;
      await client.event({ event: 'signed_out' });
      await client.state('closed');
      await proxy.quietFor(QUIET);
    },
  },
  {
    name: 'a withdrawn token is replaced by a new one at once, and the stream goes on without a gap',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      const client = await stage.client(people.viewer, { via: proxy, tokens: null, askForTokens: true, options: { backoff: { min: 30_000, max: 30_000 } } });
      let device;
      answerTokens(client, async () => {
        device = await people.viewer.again();
        return device.tokens.access_token;
      }).catch(() => undefined);
      await client.join(`bot:${people.bot.id}`);
      const since = await stage.head(people.owner, people.bot);
      const mark = client.mark;
      await device.logOut();
      await post(people.owner, people.session, texts(3));
      // At once: by the back-off it would take half a minute.
      await client.channel(`bot:${people.bot.id}`, 'live', mark);
      await stage.exactly(client, people.viewer, people.bot, since);
    },
  },
  {
    name: 'fresh tokens that are refused again and again sign out instead of going round in circles',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      const client = await stage.client(people.viewer, { via: proxy, tokens: null, askForTokens: true });
      answerTokens(client, () => 'not.a.token').catch(() => undefined);
      await client.watch(`bot:${people.bot.id}`);
      await client.event({ event: 'signed_out' });
      await client.state('closed');
      await proxy.quietFor(QUIET);
      assert.ok(client.events.filter(({ event }) => event === 'token_wanted').length <= 4);
    },
  },
  {
    name: 'a refused call tells status, code and fields',
    modes: ['shared'],
    async run(stage) {
      const people = await stage.cast();
      const client = await stage.client(people.viewer);
      await assert.rejects(client.call('getBot', { bot_id: NOBODY }), { status: 404, code: 'bot_not_found' });
      await assert.rejects(client.call('createBot', { name: '' }), { status: 422, code: 'validation_failed' });
      await assert.rejects(client.call('changeBot', { bot_id: people.bot.id, name: 'Mine' }), { status: 403 });
      assert.equal((await client.call('createBot', { name: 'Mine' })).name, 'Mine');
    },
  },
  {
    name: 'a call without a network fails as such',
    modes: ['shared'],
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      const client = await stage.client(people.viewer, { via: proxy });
      await proxy.refuse();
      await assert.rejects(client.call('createBot', { name: 'Nowhere' }), { status: 0, code: 'network' });
    },
  },
  {
    name: 'a stranger to the server is signed out',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      const device = await Person.register(stage.server.url);
      await device.logOut();
      const client = await stage.client(device, { via: proxy });
      await client.watch(`bot:${people.bot.id}`);
      await client.event({ event: 'signed_out' });
      await proxy.quietFor(QUIET);
    },
  },
];
