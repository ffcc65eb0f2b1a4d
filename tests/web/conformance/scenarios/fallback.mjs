// Where WebSockets do not get through: Server-Sent Events, then long polls, and back when they do.

import assert from 'node:assert/strict';

import { post, texts } from '../stage.mjs';

const BOTH = ['shared', 'separate'];
const STREAM = /\/events\/stream$/;
const QUICK = { backoff: { min: 10, max: 50 } };

export const fallback = [
  ...[403, 400].map((status) => ({
    name: `where upgrades are answered with ${status}, events come by Server-Sent Events`,
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      proxy.refuseUpgrades(status);
      const client = await stage.client(people.viewer, { via: proxy, options: QUICK });
      const since = await stage.head(people.owner, people.bot);
      await client.watch(`bot:${people.bot.id}`, { since });
      await client.event({ event: 'transport', transport: 'sse' });
      await post(people.owner, people.session, texts(3));
      await stage.exactly(client, people.viewer, people.bot, since);
    },
  })),
  {
    name: 'a cut stream of Server-Sent Events is resumed without a gap',
    modes: ['shared'],
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      const client = await stage.client(people.viewer, { via: proxy, options: { ...QUICK, transports: ['sse'] } });
      await client.join(`bot:${people.bot.id}`);
      const since = await stage.head(people.owner, people.bot);
      for (let n = 0; n < 5; n++) {
        const mark = client.mark;
        proxy.cut();
        await post(people.owner, people.session, texts(4, `Round ${n}`));
        await client.frame(`bot:${people.bot.id}`, ({ data }) => data?.content === `Round ${n} 4`, mark);
      }
      await stage.exactly(client, people.viewer, people.bot, since);
    },
  },
  {
    name: 'when WebSockets get through again, it goes back to them without a gap',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      const heal = proxy.refuseUpgrades();
      const client = await stage.client(people.viewer, { via: proxy, options: { ...QUICK, upgradeAgain: 300 } });
      const since = await stage.head(people.owner, people.bot);
      await client.watch(`bot:${people.bot.id}`, { since });
      const fallen = await client.event({ event: 'transport', transport: 'sse' });
      await post(people.owner, people.session, texts(3));
      heal();
      await client.event({ event: 'transport', transport: 'websocket' }, { from: client.events.indexOf(fallen) });
      await post(people.owner, people.session, texts(3, 'After'));
      await stage.exactly(client, people.viewer, people.bot, since);
    },
  },
  ...[
    ['refused', (proxy) => proxy.refusePaths(STREAM)],
    ['held back for ever', (proxy) => proxy.rule(({ path }) => (STREAM.test(path) ? { late: new Promise(() => {}) } : undefined))],
  ].map(([what, block]) => ({
    name: `where streams are ${what} too, it polls, without a gap`,
    modes: ['shared'],
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      proxy.refuseUpgrades();
      block(proxy);
      const client = await stage.client(people.viewer, { via: proxy, options: { ...QUICK, connectTimeout: 500 } });
      const since = await stage.head(people.owner, people.bot);
      await client.watch(`bot:${people.bot.id}`, { since });
      await client.event({ event: 'transport', transport: 'poll' });
      await post(people.owner, people.session, texts(60));
      await stage.exactly(client, people.viewer, people.bot, since);
    },
  })),
  {
    name: 'a revocation ends the channel also without WebSockets',
    modes: ['shared'],
    async run(stage) {
      for (const transport of ['sse', 'poll']) {
        const people = await stage.cast();
        const proxy = await stage.proxy();
        const client = await stage.client(people.viewer, { via: proxy, options: { ...QUICK, transports: [transport] } });
        await client.join(`bot:${people.bot.id}`);
        await people.owner.revoke(people.bot, people.viewer);
        await client.channel(`bot:${people.bot.id}`, 'ended');
        await proxy.quietFor(400, ({ path }) => path.includes('/events'));
      }
    },
  },
  {
    name: 'a refused upgrade does not make it forget the rules: a stranger is refused by the fall-back too',
    modes: ['shared'],
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      proxy.refuseUpgrades();
      const client = await stage.client(people.stranger, { via: proxy, options: QUICK });
      await client.watch(`bot:${people.bot.id}`);
      const { code } = await client.channel(`bot:${people.bot.id}`, 'refused');
      assert.ok(code === undefined || code === 4003 || typeof code === 'string' || code === 404);
    },
  },
];
