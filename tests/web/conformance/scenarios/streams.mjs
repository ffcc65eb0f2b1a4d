// Order, no gap, no double: the first connection, cuts of every kind, holes in the numbers, replays that are not possible.

import assert from 'node:assert/strict';

import { until } from '../../kit/people.mjs';
import { post, texts } from '../stage.mjs';

const BOTH = ['shared', 'separate'];

export const streams = [
  {
    name: 'the first connection brings what is posted, live and in order',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const client = await stage.watching(people);
      const since = await stage.head(people.owner, people.bot);
      await post(people.owner, people.session, texts(10));
      const events = await stage.exactly(client, people.viewer, people.bot, since);
      assert.equal(events.length, 10);
      assert.equal(client.frames(`bot:${people.bot.id}`, 'chat_message').at(-1).data.content, 'Line 10');
    },
  },
  {
    name: 'a since given before the first connection replays exactly what came after it',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const { seq: since, epoch } = await people.viewer.snapshot(people.bot);
      await post(people.owner, people.session, texts(5, 'Before'));
      const client = await stage.watching(people, { cursor: { since, epoch } });
      await post(people.owner, people.session, texts(5, 'After'));
      assert.equal((await stage.exactly(client, people.viewer, people.bot, since)).length, 10);
    },
  },
  ...['rst', 'fin'].map((by) => ({
    name: `after a connection is cut by ${by}, what was posted meanwhile arrives, each once and in order`,
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      const client = await stage.watching(people, { via: proxy });
      const since = await stage.head(people.owner, people.bot);
      await post(people.owner, people.session, texts(3, 'Before'));
      await client.frame(`bot:${people.bot.id}`, ({ data }) => data?.content === 'Before 3');
      const mark = client.mark;
      const heal = proxy.rule(() => 'cut');
      proxy.cut({ by });
      await client.state('reconnecting', mark);
      // What a viewer may not see leaves holes in the numbers, which are no gaps.
      const secret = await people.owner.createSession(people.bot, { visibility: 'private', auto_reply: false });
      await post(people.owner, secret, texts(2, 'Secret'));
      await post(people.owner, people.session, texts(5, 'Meanwhile'));
      await post(people.owner, secret, texts(2, 'Secret too'));
      heal();
      await client.channel(`bot:${people.bot.id}`, 'live', mark);
      await post(people.owner, people.session, texts(3, 'After'));
      assert.equal((await stage.exactly(client, people.viewer, people.bot, since)).length, 11);
      assert.equal(client.events.filter(({ event }) => event === 'reset').length, 0);
    },
  })),
  {
    name: 'twenty cuts under load lose, double and swap nothing',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      const client = await stage.watching(people, { via: proxy, options: { backoff: { min: 5, max: 20 } } });
      const since = await stage.head(people.owner, people.bot);
      const cuts = (async () => {
        for (let n = 0; n < 20; n++) {
          const mark = client.mark;
          proxy.cut({ by: n % 2 ? 'fin' : 'rst' });
          // Every third cut meets it while it reconnects.
          if (n % 3) await client.state('open', mark);
        }
      })();
      const load = Promise.all([people.owner, people.editor].map((person) => post(person, people.session, texts(100, person.username))));
      await Promise.all([cuts, load]);
      assert.equal((await stage.exactly(client, people.viewer, people.bot, since)).length, 200);
      assert.ok(proxy.upgrades > 10);
    },
  },
  {
    name: 'two channels of one client are cut together and both resume',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const other = await people.owner.createBot('Second');
      await people.owner.grant(other, people.viewer);
      const room = await people.owner.createSession(other, { auto_reply: false });
      const proxy = await stage.proxy();
      const client = await stage.watching(people, { via: proxy });
      await client.join(`bot:${other.id}`);
      const since = [await stage.head(people.owner, people.bot), await stage.head(people.owner, other)];
      const mark = client.mark;
      const heal = proxy.rule(() => 'cut');
      proxy.cut();
      await client.state('reconnecting', mark);
      await Promise.all([post(people.owner, people.session, texts(4)), post(people.owner, room, texts(4))]);
      heal();
      await stage.exactly(client, people.viewer, people.bot, since[0]);
      await stage.exactly(client, people.viewer, other, since[1]);
    },
  },
  {
    name: 'notifications resume as bots do',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      const client = await stage.client(people.stranger, { via: proxy });
      await client.join('notifications');
      const mark = client.mark;
      const heal = proxy.rule(() => 'cut');
      proxy.cut();
      await client.state('reconnecting', mark);
      await people.owner.grant(people.bot, people.stranger, 'viewer');
      await people.owner.grant(people.bot, people.stranger, 'editor');
      heal();
      await until(() => client.durable('notifications').length >= 2, 'two notifications');
      await people.owner.revoke(people.bot, people.stranger);
      await until(() => client.durable('notifications').length >= 3, 'the third one');
      assert.deepEqual(client.durable('notifications').map(({ data }) => data.action), ['granted', 'updated', 'revoked']);
    },
  },
  {
    name: 'a session channel brings that session alone and resumes',
    modes: ['shared'],
    async run(stage) {
      const people = await stage.cast();
      const other = await people.owner.createSession(people.bot, { auto_reply: false });
      const proxy = await stage.proxy();
      const client = await stage.client(people.viewer, { via: proxy });
      const channel = `session:${people.session.id}`;
      await client.join(channel);
      await post(people.owner, people.session, ['one']);
      const mark = client.mark;
      const heal = proxy.rule(() => 'cut');
      proxy.cut();
      await client.state('reconnecting', mark);
      await post(people.owner, other, ['elsewhere']);
      await post(people.owner, people.session, ['two']);
      heal();
      await client.channel(channel, 'live', mark);
      await post(people.owner, other, ['elsewhere']);
      await post(people.owner, people.session, ['three']);
      await client.frame(channel, ({ data }) => data?.content === 'three');
      assert.deepEqual(client.durable(channel).map(({ data }) => data.content), ['one', 'two', 'three']);
    },
  },
  {
    name: 'sixty channels come back after a cut, none refused for asking too fast',
    modes: ['shared'],
    async run(stage) {
      const people = await stage.cast();
      const bots = await Promise.all(texts(60, 'Bot').map((name) => people.viewer.createBot(name)));
      const proxy = await stage.proxy();
      const client = await stage.client(people.viewer, { via: proxy });
      for (const bot of bots) await client.watch(`bot:${bot.id}`);
      await Promise.all(bots.map((bot) => client.channel(`bot:${bot.id}`, 'live')));
      const mark = client.mark;
      proxy.cut();
      await client.state('reconnecting', mark);
      await Promise.all(bots.map((bot) => client.channel(`bot:${bot.id}`, 'live', mark)));
      const since = await stage.head(people.viewer, bots[59]);
      await people.viewer.createSession(bots[59]);
      await stage.exactly(client, people.viewer, bots[59], since);
      assert.equal(client.events.filter(({ event, state }) => event === 'channel' && state === 'refused').length, 0);
    },
  },
  {
    name: 'a since of another epoch resets with a snapshot, and goes on after it',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      await post(people.owner, people.session, texts(3));
      const client = await stage.watching(people, { cursor: { since: 1, epoch: 'of-another-life' } });
      const reset = await client.event({ event: 'reset', channel: `bot:${people.bot.id}` });
      assert.equal(reset.snapshot, true);
      assert.equal(reset.seq, await stage.head(people.owner, people.bot));
      await post(people.owner, people.session, texts(3, 'After'));
      assert.equal((await stage.exactly(client, people.viewer, people.bot, reset.seq)).length, 3);
    },
  },
  {
    name: 'more missed than one replay holds resets with a snapshot',
    modes: BOTH,
    server: 'small',
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      const client = await stage.watching(people, { via: proxy });
      const mark = client.mark;
      const heal = proxy.rule(() => 'cut');
      proxy.cut();
      await client.state('reconnecting', mark);
      await post(people.owner, people.session, texts(25));
      heal();
      const reset = await client.event({ event: 'reset', channel: `bot:${people.bot.id}` });
      assert.equal(reset.snapshot, true);
      await client.channel(`bot:${people.bot.id}`, 'live', mark);
      await post(people.owner, people.session, texts(3, 'After'));
      await stage.exactly(client, people.viewer, people.bot, reset.seq);
    },
  },
  ...[
    ['before the snapshot was taken', (until) => until],
    ['after it was taken', (until, came) => ({ late: until, came })],
  ].map(([when, verdict]) => ({
    name: `events that come while the snapshot is on its way, ${when}, are told once and after the reset`,
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      await post(people.owner, people.session, texts(2));
      const proxy = await stage.proxy();
      let release;
      const until = new Promise((done) => (release = done));
      const asked = new Promise((came) =>
        proxy.rule(({ path }) => {
          if (!path.endsWith('/snapshot')) return undefined;
          const judged = verdict(until, came);
          if (judged === until) came();
          return judged;
        }),
      );
      const client = await stage.client(people.viewer, { via: proxy });
      await client.watch(`bot:${people.bot.id}`, { since: 1, epoch: 'of-another-life' });
      await asked;
      await post(people.owner, people.session, texts(3, 'Meanwhile'));
      release();
      const reset = await client.event({ event: 'reset', channel: `bot:${people.bot.id}` });
      await post(people.owner, people.session, texts(3, 'After'));
      await stage.exactly(client, people.viewer, people.bot, reset.seq, { from: client.events.indexOf(reset) });
      assert.deepEqual(client.durable(`bot:${people.bot.id}`).filter(({ seq }) => seq <= reset.seq), []);
    },
  })),
  {
    name: 'nothing more is told of a channel that was left',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const other = await people.viewer.createBot('Own');
      const proxy = await stage.proxy();
      const client = await stage.watching(people, { via: proxy });
      await client.join(`bot:${other.id}`);
      await client.leave(`bot:${people.bot.id}`);
      const mark = client.mark;
      await post(people.owner, people.session, texts(3));
      const since = await stage.head(people.viewer, other);
      await people.viewer.createSession(other);
      await stage.exactly(client, people.viewer, other, since);
      assert.deepEqual(client.durable(`bot:${people.bot.id}`, mark), []);
      await until(() => proxy.open({ sockets: true }) === 1, 'one socket alone');
    },
  },
  {
    name: 'the pieces of an answer make its text, also for one who is cut in the middle',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      const client = await stage.watching(people, { via: proxy });
      const channel = `bot:${people.bot.id}`;
      const { answer } = await people.owner.ask(people.session, 'What do you know? Tell me all of it, in many words.');
      await client.frame(channel, ({ type, data }) => type === 'chat_message_delta' && data.message_id === answer.message_id);
      proxy.cut();
      const whole = await client.frame(channel, ({ type, data }) => type === 'chat_message' && data.message_id === answer.message_id);
      let text = [];
      for (const { data } of client.frames(channel, 'chat_message_delta')) text = [...text.slice(0, data.offset), ...data.content];
      assert.ok(whole.frame.data.content.startsWith(text.join('')));
      assert.equal(client.durable(channel).filter(({ data }) => data.message_id === answer.message_id).length, 1);
    },
  },
];
