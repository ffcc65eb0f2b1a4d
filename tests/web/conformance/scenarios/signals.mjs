// Signals in both directions (typing, presence, read marks), and listeners that throw.

import assert from 'node:assert/strict';

import { until } from '../../kit/people.mjs';
import { post, texts } from '../stage.mjs';

const BOTH = ['shared', 'separate'];

export const signals = [
  {
    name: 'what others type, view and read arrives',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const [message] = await post(people.owner, people.session, ['Read me']);
      const client = await stage.watching(people);
      const channel = `bot:${people.bot.id}`;
      const editor = await stage.socket(people.editor, people.bot);
      editor.send({ type: 'typing', data: { is_typing: true, session_id: people.session.id } });
      editor.send({ type: 'viewing', data: { session_id: people.session.id } });
      editor.send({ type: 'read', data: { session_id: people.session.id, message_id: message.id } });
      const by = (type, more = () => true) => client.frame(channel, (frame) => frame.type === type && frame.data.user_id === people.editor.id && more(frame.data));
      await by('typing_indicator', ({ is_typing }) => is_typing);
      await by('presence', ({ session_id }) => session_id === people.session.id);
      await by('read_receipt', ({ message_id }) => message_id === message.id);
      editor.terminate();
      await by('typing_indicator', ({ is_typing }) => !is_typing);
      await by('presence', ({ status }) => status === 'offline');
    },
  },
  {
    name: 'typing, viewing and reading of the client reach the others',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const [message] = await post(people.owner, people.session, ['Read me']);
      const client = await stage.watching(people);
      const owner = await stage.socket(people.owner, people.bot);
      const [channel, session_id] = [`bot:${people.bot.id}`, people.session.id];
      const by = (type, more) => owner.frame((frame) => frame.type === type && frame.data.user_id === people.viewer.id && more(frame.data));
      await client.signal('typing', { channel, session_id, is_typing: true });
      await by('typing_indicator', (data) => data.is_typing && data.session_id === session_id);
      await client.signal('typing', { channel, session_id, is_typing: false });
      await by('typing_indicator', (data) => !data.is_typing);
      await client.signal('viewing', { channel, session_id });
      await by('presence', (data) => data.session_id === session_id);
      await client.signal('read', { channel, session_id, message_id: message.id });
      await by('read_receipt', (data) => data.message_id === message.id);
    },
  },
  {
    name: 'who viewed a session before a cut views it again after it',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const proxy = await stage.proxy();
      const client = await stage.watching(people, { via: proxy });
      const viewed = async () =>
        (await people.owner.get(`/bots/${people.bot.id}/presence`)).items.find(({ user_id }) => user_id === people.viewer.id)?.session_id === people.session.id;
      await client.signal('viewing', { channel: `bot:${people.bot.id}`, session_id: people.session.id });
      await until(viewed, 'the session to be viewed');
      const mark = client.mark;
      const heal = proxy.rule(() => 'cut');
      proxy.cut();
      await client.state('reconnecting', mark);
      await until(async () => !(await viewed()), 'the viewer to be gone');
      heal();
      await until(viewed, 'the session to be viewed again');
    },
  },
  {
    name: 'a flood of typing is throttled and closes nothing',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const client = await stage.watching(people);
      const [channel, session_id] = [`bot:${people.bot.id}`, people.session.id];
      const since = await stage.head(people.owner, people.bot);
      for (let n = 0; n < 200; n++) await client.signal('typing', { channel, session_id, is_typing: true });
      await post(people.owner, people.session, texts(2));
      await stage.exactly(client, people.viewer, people.bot, since);
      assert.equal(client.events.filter(({ event, state }) => event === 'state' && state === 'reconnecting').length, 0);
      assert.deepEqual(client.frames(channel, 'error'), []);
    },
  },
  {
    name: 'a listener that throws harms nobody, and is told',
    modes: BOTH,
    async run(stage) {
      const people = await stage.cast();
      const client = await stage.watching(people, { throwingListener: true });
      const since = await stage.head(people.owner, people.bot);
      await post(people.owner, people.session, texts(5));
      await stage.exactly(client, people.viewer, people.bot, since);
      await client.event({ event: 'listener_error' });
      assert.equal(client.events.filter(({ event, state }) => event === 'state' && state === 'reconnecting').length, 0);
    },
  },
];
