// What networks and servers do to connections: silence, refusal, restarts, limits, administrators. The client notices,
// waits as long as it should, and comes back without a gap.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { until } from '../../kit/people.mjs';
import { post, texts } from '../stage.mjs';

const BOTH = ['shared', 'separate'];
const upgrade = (request) => request.upgrade;
/** Close to what fits in one message. */
const LARGE = 'x'.repeat(60 * 1024);

/** What the kernel takes in for a reader who does not read. */
function kernelBuffer() {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/tcp_wmem', 'utf8').trim().split(/\s+/).at(-1));
  } catch {
    return 4 * 1024 * 1024;
  }
}

/** Bytes that wait in the server for somebody who does not read. */
async function queuedFor(stage, { id }) {
  const { connection_metadata: connections } = await stage.server.admin.get('/ws/connections');
  const theirs = Object.values(connections).filter(({ user_id }) => user_id === id);
  return Math.max(0, ...theirs.map(({ queued_bytes }) => queued_bytes));
}

export const network = [
  {
    name: 'a connection in which nothing arrives any more is noticed by the heartbeat',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      const client = await stage.watching(people, { via: proxy, options: { heartbeat: { interval: 300, timeout: 1_000 } } });
      await client.event({ event: 'latency' });
      const since = await stage.head(people.owner, people.bot);
      const mark = client.mark;
      proxy.blackHole();
      await post(people.owner, people.session, texts(3));
      await client.state('reconnecting', mark);
      await proxy.heal();
      await client.channel(`bot:${people.bot.id}`, 'live', mark);
      await post(people.owner, people.session, texts(3, 'After'));
      await stage.exactly(client, people.viewer, people.bot, since);
    },
  },
  {
    name: 'latency is measured',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const client = await stage.watching(people, { options: { heartbeat: { interval: 100, timeout: 5_000 } } });
      const { ms } = await client.event({ event: 'latency' });
      assert.ok(ms >= 0 && ms < 5_000, `${ms} ms`);
    },
  },
  {
    name: 'a server that is not there yet is tried until it is',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const since = await stage.head(people.owner, people.bot);
      const proxy = await stage.proxy();
      await proxy.refuse();
      const client = await stage.client(people.viewer, { via: proxy });
      await client.watch(`bot:${people.bot.id}`, { since });
      await client.state('reconnecting');
      await proxy.heal();
      await client.channel(`bot:${people.bot.id}`, 'live');
      await post(people.owner, people.session, texts(2));
      await stage.exactly(client, people.viewer, people.bot, since);
    },
  },
  {
    name: 'a connection that opens and never greets is given up and tried anew',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      const heal = proxy.rule((request) => (request.upgrade ? 'hold' : undefined));
      const client = await stage.client(people.viewer, { via: proxy, options: { transports: ['websocket'], connectTimeout: 300 } });
      const [second] = [proxy.request(() => proxy.upgrades >= 2)];
      await client.watch(`bot:${people.bot.id}`);
      await second;
      heal();
      await client.channel(`bot:${people.bot.id}`, 'live');
    },
  },
  {
    name: 'attempts are spread by the back-off and go on without end',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      const client = await stage.watching(people, { via: proxy, options: { transports: ['websocket'], backoff: { min: 50, max: 100 } } });
      const from = proxy.connections;
      const heal = proxy.rule(() => 'cut');
      const began = Date.now();
      proxy.cut();
      await proxy.request(() => proxy.upgrades > from + 15);
      const took = Date.now() - began;
      // Full jitter between 0 and 50, then 100 ms: about 45 ms in the mean. Fifteen in less than a third is a storm.
      assert.ok(took > 15 * 15, `fifteen attempts in ${took} ms`);
      heal();
      await client.channel(`bot:${people.bot.id}`, 'live', client.mark);
    },
  },
  {
    name: 'where attempts are limited, it closes after the last one',
    modes: ['shared'],
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      const client = await stage.watching(people, { via: proxy, options: { transports: ['websocket'], backoff: { min: 10, max: 20, attempts: 3 } } });
      const before = proxy.upgrades;
      proxy.rule(() => 'cut');
      proxy.cut();
      await client.state('closed');
      await proxy.quietFor(400, upgrade);
      assert.equal(proxy.upgrades - before, 3);
    },
  },
  {
    name: 'reconnect now does not wait for the back-off',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      const client = await stage.watching(people, { via: proxy, options: { backoff: { min: 60_000, max: 60_000 } } });
      const since = await stage.head(people.owner, people.bot);
      const mark = client.mark;
      const heal = proxy.rule(() => 'cut');
      proxy.cut();
      await client.state('reconnecting', mark);
      await post(people.owner, people.session, texts(2));
      heal();
      await client.reconnect();
      await stage.exactly(client, people.viewer, people.bot, since);
    },
  },
  {
    name: 'after its own close it tries nothing more',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      const client = await stage.watching(people, { via: proxy });
      await client.close();
      const mark = client.mark;
      await Promise.all([proxy.quietFor(500), post(people.owner, people.session, ['into the void'])]);
      await until(() => proxy.open({ sockets: true }) === 0, 'no socket');
      assert.deepEqual(client.events.slice(mark), []);
    },
  },
  {
    name: 'a reader that was too slow is closed with 4008 and resumes without a gap',
    modes: BOTH,
    server: 'narrow',
    notMocked: 'it has no queues: a script closes with 4008',
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      const client = await stage.watching(people, { via: proxy, options: { heartbeat: { interval: 60_000, timeout: 60_000 } } });
      const since = await stage.head(people.owner, people.bot);
      const mark = client.mark;
      proxy.stall('down');
      const messages = Math.ceil((kernelBuffer() + 2 * 1024 * 1024) / LARGE.length);
      // The queue grows once the network takes nothing more, and is given up at its bound; the close frame waits ten seconds for a reader.
      for (let n = 0, grown = 0, queued = 0; n < messages; n += 1) {
        await people.owner.post(people.session, LARGE);
        const now = await queuedFor(stage, people.viewer);
        if (now === 0 && grown >= 3) break;
        if (now !== queued) grown = now > queued ? grown + 1 : 0;
        queued = now;
      }
      await proxy.heal();
      assert.equal((await client.state('reconnecting', mark)).code, 4008);
      await client.channel(`bot:${people.bot.id}`, 'live', mark);
      await post(people.owner, people.session, texts(3, 'After'));
      await stage.exactly(client, people.viewer, people.bot, since);
      assert.equal(client.events.filter(({ event }) => event === 'reset').length, 0);
    },
  },
  {
    name: 'over a limit of sockets it waits and gets in when there is room',
    modes: BOTH,
    server: 'small',
    async run(stage) {
      const people = await stage.cast();
      const others = [];
      for (let n = 0; n < 4; n++) others.push(await stage.socket(people.viewer, people.bot));
      const client = await stage.client(people.viewer);
      await client.watch(`bot:${people.bot.id}`);
      const refused = await client.state('reconnecting');
      assert.equal(refused.code, 1013);
      await others[0].close();
      await client.channel(`bot:${people.bot.id}`, 'live');
    },
  },
  {
    name: 'closed by an administrator it waits at least thirty seconds',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const client = await stage.watching(people);
      const { connection_metadata: connections } = await stage.server.admin.get('/ws/connections');
      const [id] = Object.entries(connections).find(([, { user_id }]) => user_id === people.viewer.id);
      await stage.server.admin.call('DELETE', `/ws/connections/${id}`);
      const told = await client.state('reconnecting');
      assert.equal(told.code, 1008);
      assert.ok(told.retry_in >= 30_000, `it would try again in ${told.retry_in} ms`);
    },
  },
  {
    name: 'a server that restarts in order, and one that dies, are resumed without a gap',
    modes: BOTH,
    server: 'own',
    notMocked: 'it keeps nothing over a restart',
    async run(stage) {
      const people = await stage.cast();
      const client = await stage.watching(people);
      const since = await stage.head(people.owner, people.bot);
      for (const signal of ['SIGTERM', 'SIGKILL']) {
        const mark = client.mark;
        await post(people.owner, people.session, texts(3, `Before ${signal}`));
        await stage.server.restart({ signal });
        const closed = await client.state('reconnecting', mark);
        assert.equal(closed.code, signal === 'SIGTERM' ? 1001 : 1006);
        await post(people.owner, people.session, texts(3, `After ${signal}`));
        await client.channel(`bot:${people.bot.id}`, 'live', mark);
      }
      assert.equal((await stage.exactly(client, people.viewer, people.bot, since)).length, 12);
    },
  },
];
