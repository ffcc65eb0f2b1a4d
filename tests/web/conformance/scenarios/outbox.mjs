// Sends: kept while there is no network, in order for each session, each exactly once whatever happens to the answer,
// failed on a final refusal alone.

import assert from 'node:assert/strict';

import { Person, until } from '../../kit/people.mjs';
import { texts } from '../stage.mjs';

const posts = ({ method, path }) => method === 'POST' && path.endsWith('/messages');
const contents = async (person, session) => (await person.messages(session)).map(({ content }) => content);

export const outbox = [
  {
    name: 'what was sent offline goes in order when the network is back, each exactly once',
    modes: ['shared'],
    async run(stage) {
      const people = await stage.cast();
      const other = await people.owner.createSession(people.bot, { auto_reply: false });
      const proxy = await stage.proxy();
      const client = await stage.watching(people, { via: proxy });
      await proxy.refuse();
      const keys = [];
      for (const text of texts(6)) {
        keys.push(await client.send(people.session, text));
        keys.push(await client.send(other, text));
      }
      assert.equal(new Set(keys).size, 12);
      await client.event({ event: 'outbox', waiting: 12 });
      await proxy.heal();
      for (const key of keys) await client.event({ event: 'sent', key });
      assert.deepEqual(await contents(people.owner, people.session), texts(6));
      assert.deepEqual(await contents(people.owner, other), texts(6));
      await client.event({ event: 'outbox', waiting: 0 });
    },
  },
  {
    name: 'a send whose answer was lost is not sent twice',
    modes: ['shared'],
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      const client = await stage.watching(people, { via: proxy });
      proxy.loseAnswers(posts, 3);
      const keys = [];
      for (const text of texts(4)) keys.push(await client.send(people.session, text));
      for (const key of keys) await client.event({ event: 'sent', key });
      assert.deepEqual(await contents(people.owner, people.session), texts(4));
      assert.equal(proxy.requests.filter(posts).length, 7);
    },
  },
  {
    name: 'sends while the server dies and comes back arrive in order, each exactly once',
    modes: ['shared'],
    server: 'own',
    notMocked: 'it keeps nothing over a restart',
    async run(stage) {
      const people = await stage.cast();
      const client = await stage.watching(people);
      const keys = [];
      for (const [n, text] of texts(20).entries()) {
        keys.push(await client.send(people.session, text));
        if (n === 10) await stage.server.restart({ signal: 'SIGKILL' });
      }
      for (const key of keys) await client.event({ event: 'sent', key });
      assert.deepEqual(await contents(people.owner, people.session), texts(20));
    },
  },
  {
    name: 'a final refusal fails the send, tells why, and holds up nothing',
    modes: ['shared'],
    async run(stage) {
      const people = await stage.cast();
      const closed = await people.owner.createSession(people.bot, { auto_reply: false });
      await people.owner.closeSession(closed);
      const client = await stage.watching(people);
      const [refused, fine] = [await client.send(closed, 'Too late'), await client.send(people.session, 'In time')];
      const failed = await client.event({ event: 'send_failed', key: refused });
      assert.deepEqual([failed.status, failed.code], [409, 'session_closed']);
      await client.event({ event: 'sent', key: fine });
      assert.deepEqual(await contents(people.owner, closed), []);
    },
  },
  {
    name: 'a send refused for its content lets the next one of the session go',
    modes: ['shared'],
    async run(stage) {
      const people = await stage.cast();
      const client = await stage.watching(people);
      const [refused, fine] = [await client.send(people.session, 'x'.repeat(70_000)), await client.send(people.session, 'Short')];
      assert.equal((await client.event({ event: 'send_failed', key: refused })).status, 422);
      await client.event({ event: 'sent', key: fine });
      assert.deepEqual(await contents(people.owner, people.session), ['Short']);
    },
  },
  {
    name: 'a server that is busy, a proxy that has lost it, and a rate limit lose no send',
    modes: ['shared'],
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      const client = await stage.watching(people, { via: proxy });
      const problem = (status, code) => ({
        status,
        headers: { 'Content-Type': 'application/problem+json', 'Retry-After': 1 },
        body: JSON.stringify({ type: 'about:blank', status, code, title: code, detail: code, request_id: 'none' }),
      });
      const answers = [{ status: 502 }, problem(503, 'unavailable'), problem(429, 'rate_limited')];
      proxy.rule((request) => (posts(request) ? answers.shift() : undefined));
      const keys = [await client.send(people.session, 'Patient'), await client.send(people.session, 'Second')];
      for (const key of keys) await client.event({ event: 'sent', key });
      assert.deepEqual(await contents(people.owner, people.session), ['Patient', 'Second']);
      assert.equal(answers.length, 0);
    },
  },
  {
    name: 'a full outbox refuses what is too much and keeps what it has',
    modes: ['shared'],
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      const client = await stage.watching(people, { via: proxy, options: { outboxLimit: 3 } });
      await proxy.refuse();
      const keys = [];
      for (const text of texts(3)) keys.push(await client.send(people.session, text));
      await assert.rejects(client.send(people.session, 'Too much'));
      await proxy.heal();
      for (const key of keys) await client.event({ event: 'sent', key });
      assert.deepEqual(await contents(people.owner, people.session), texts(3));
    },
  },
  {
    name: 'a send with a token that was withdrawn waits for the new one and goes once',
    modes: ['shared'],
    async run(stage) {
      const people = await stage.cast();
      const device = await people.viewer.again();
      const stale = await people.viewer.again();
      await stale.logOut();
      const client = await stage.client(device, { tokens: { ...device.tokens, access_token: stale.tokens.access_token } });
      const key = await client.send(people.session, 'After a refresh');
      await client.event({ event: 'sent', key });
      assert.deepEqual(await contents(people.owner, people.session), ['After a refresh']);
    },
  },
  {
    name: 'what is sent arrives on the channel once, with the message the send was told',
    modes: ['shared', 'separate'],
    async run(stage) {
      const people = await stage.cast();
      const client = await stage.watching(people);
      const since = await stage.head(people.owner, people.bot);
      const key = await client.send(people.session, 'Hello');
      const { message_id } = await client.event({ event: 'sent', key });
      await stage.exactly(client, people.viewer, people.bot, since);
      const [frame] = client.frames(`bot:${people.bot.id}`, 'chat_message');
      assert.deepEqual([frame.data.message_id, frame.data.content], [message_id, 'Hello']);
      const stranger = await Person.register(stage.server.url);
      await until(async () => (await people.owner.messages(people.session)).length === 1, 'one message');
      await assert.rejects(stranger.messages(people.session), { status: 404 });
    },
  },
];
