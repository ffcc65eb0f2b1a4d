// The story that is told to the real server and to the mock server: everything that was answered and sent, with ids by the order
// in which they first appear and without what is each server's own. mock_truth.test.mjs compares the two.

import { Person } from '../kit/people.mjs';
import { Socket } from '../kit/socket.mjs';

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z/g;

/** Fields whose values are each server's own. */
const OWN = { epoch: 'epoch', request_id: 'request', access_token: 'token', refresh_token: 'token', ticket: 'ticket', sha256: 'hash', usage: 'usage', model: 'model', size: 'size', progress: 'progress', stage: 'stage', expires_in: 'seconds' };

/** The same text for the same story: ids by the order in which they first appear. */
class Plain {
  #ids = new Map();

  of(value) {
    const text = JSON.stringify(value, (name, inner) => (name in OWN && inner !== undefined ? OWN[name] : sorted(inner)));
    return JSON.parse(
      text.replaceAll(TIME, 'time').replaceAll(UUID, (id) => {
        if (!this.#ids.has(id)) this.#ids.set(id, `#${this.#ids.size + 1}`);
        return this.#ids.get(id);
      }),
    );
  }
}

function sorted(value) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Deltas and progress come in pieces of each server's own making; presence of a person who comes and goes overlaps. */
function told(frames) {
  return frames.filter(({ type, seq }) => !['chat_message_delta', 'answer_status', 'presence', 'task_update'].includes(type) && (type !== 'document_update' || seq));
}

/** Lists of events by number: two streams on one socket run side by side. */
function byChannel(frames) {
  const channels = {};
  for (const frame of frames) (channels[frame.channel ?? frame.data?.channel ?? 'the socket'] ??= []).push(frame);
  return channels;
}

/** The text that an answer's pieces make. */
function assembled(frames, message_id) {
  const deltas = frames.filter(({ type, data }) => type === 'chat_message_delta' && data.message_id === message_id);
  return deltas.reduce((text, { data }) => text.slice(0, data.offset) + data.content, '');
}

async function documents({ step, ann, bob, bot, chat }) {
  const document = await ann.upload(bot, 'hours.txt', 'Open from nine to five.');
  await step('upload', Promise.resolve(document));
  await chat.frame((frame) => frame.type === 'document_update' && frame.data.action === 'processed');
  await step('document', bob.get(`/documents/${document.id}`));
  await step('documents', bob.get(`/bots/${bot.id}/documents`));
  await step('content', bob.get(`/documents/${document.id}/content`));
  await step('the same bytes', ann.upload(bot, 'other.txt', 'Open from nine to five.'));
  await step('a program', ann.upload(bot, 'a.exe', 'MZ\u0000\u0001\u0002', 'application/octet-stream'));
  await step('upload by a viewer', bob.upload(bot, 'mine.txt', 'Mine.'));
  await step('removed by a viewer', bob.call('DELETE', `/documents/${document.id}`));
  await step('document removed', ann.call('DELETE', `/documents/${document.id}`).then(() => 'gone'));
  await step('removed already', ann.get(`/documents/${document.id}`));
}

/** The cast, a bot, roles. */
async function sharing(story) {
  const { server, name, plain, step } = story;
  // One after the other: lists of people go by their ids, and so by this.
  const ann = await Person.register(server.url, `ann-${name}`);
  const bob = await Person.register(server.url, `bob-${name}`);
  const eve = await Person.register(server.url, `eve-${name}`);
  plain.of([ann.id, bob.id, eve.id]);
  await step('me', ann.get('/auth/me'));
  const bot = await ann.createBot('Librarian', { description: 'Knows books', instructions: 'Be kind' });
  await step('bot', Promise.resolve(bot));
  await step('grant', ann.grant(bot, bob, 'editor'));
  await step('grant again', ann.grant(bot, bob, 'viewer'));
  await step('grant until yesterday', ann.grant(bot, bob, 'viewer', { expires_at: '2020-01-01T00:00:00Z' }));
  await step('grant until never', ann.grant(bot, bob, 'viewer', { expires_at: 'never' }));
  await step('an owner until then', ann.grant(bot, bob, 'owner', { expires_at: '2120-01-01T00:00:00Z' }));
  await step('no such role', ann.grant(bot, bob, 'king'));
  await step('grant to nobody', ann.call('POST', `/bots/${bot.id}/permissions`, { username: 'nobody-at-all', role: 'viewer' }));
  await step('permissions', ann.get(`/bots/${bot.id}/permissions`));
  const session = await ann.createSession(bot, { title: 'First', auto_reply: false });
  await step('session', Promise.resolve(session));
  await step('untitled', ann.createSession(bot, { visibility: 'private' }));
  Object.assign(story, { ann, bob, eve, bot, session });
}

/** Bob at every kind of socket. */
async function listening(story) {
  const { server, bob, bot, session } = story;
  const chat = await Socket.toBot(server.url, bob, bot, '?since=0');
  const inbox = new Socket(`${server.url}/api/ws/notifications?since=0`, bob);
  await inbox.frame({ type: 'replay_complete' });
  const multi = new Socket(`${server.url}/api/ws`, bob);
  await multi.frame({ type: 'connection_established' });
  multi.send({ type: 'subscribe', id: 's', data: { channels: [{ channel: `bot:${bot.id}`, since: 1 }, { channel: 'bot:none' }, { channel: `session:${session.id}`, since: 0 }, { channel: 'notifications' }, { channel: 'zork' }] } });
  await multi.frame({ type: 'error', channel: 'zork' });
  Object.assign(story, { chat, inbox, multi });
}

/** Bob at channels of sessions alone, one of which ends. */
async function alone(story) {
  const { server, step, ann, bob, bot, session } = story;
  const socket = new Socket(`${server.url}/api/ws`, bob);
  await socket.frame({ type: 'connection_established' });
  socket.send({ type: 'subscribe', id: 'a', data: { channels: [{ channel: `session:${session.id}` }] } });
  await socket.frame({ type: 'subscribed' });
  const brief = await ann.createSession(bot, { title: 'Brief' });
  socket.send({ type: 'subscribe', id: 'b', data: { channels: [{ channel: `session:${brief.id}`, since: 0, epoch: 'other' }] } });
  await socket.frame({ type: 'replay_complete' });
  await step('brief, removed', ann.call('DELETE', `/sessions/${brief.id}`));
  await socket.frame({ type: 'unsubscribed' });
  socket.send({ type: 'update_filter', id: 'f', data: { channel: `session:${session.id}`, filter: { types: ['chat_message'] } } });
  await socket.frame({ type: 'filter_updated' });
  story.alone = socket;
}

async function talking({ name, step, ann, bob, bot, session }) {
  await step('post', ann.call('POST', `/sessions/${session.id}/messages`, { content: `Hello @bob-${name}`, reply: false }));
  const message = await bob.post(session, 'Hello Ann', { key: 'k1' });
  await step('the same again', bob.post(session, 'Hello Ann', { key: 'k1' }));
  await step('another under the same key', bob.post(session, 'Other', { key: 'k1' }));
  await step('edit', bob.call('PATCH', `/messages/${message.id}`, { content: 'Hello, Ann' }));
  await step("edit another's", ann.call('PATCH', `/messages/${message.id}`, { content: 'Mine' }));
  await step('read', ann.call('PUT', `/sessions/${session.id}/read`, { message_id: message.id }));
  await step('messages', bob.get(`/sessions/${session.id}/messages?limit=1`));
  await step('sessions', bob.get(`/bots/${bot.id}/sessions`));
  await step('search', bob.get(`/bots/${bot.id}/messages/search?q=hello`));
  await step('delete', bob.call('DELETE', `/messages/${message.id}`));
  await step('events', bob.get(`/bots/${bot.id}/events?limit=100`));
  await step('events of another life', bob.get(`/bots/${bot.id}/events?epoch=other`));
}

async function answers({ step, ann, bob, eve, session, chat }) {
  const { answer } = await bob.ask(session, 'What do you know?');
  const whole = (await chat.frame((frame) => frame.type === 'chat_message' && frame.data.message_id === answer.message_id)).data;
  await step('the answer in pieces', Promise.resolve(assembled(chat.frames, answer.message_id)));
  await step('cancelled too late', bob.call('POST', `/messages/${whole.message_id}/cancel`));
  const again = await bob.call('POST', `/messages/${whole.message_id}/regenerate`);
  await chat.frame((frame) => frame.type === 'chat_message' && frame.data.message_id === again.answer.message_id);
  await step('regenerated', ann.get(`/sessions/${session.id}/messages?after=${whole.message_id}`));
  await step('regenerated by a stranger', eve.call('POST', `/messages/${whole.message_id}/regenerate`));
}

async function rooms({ name, step, ann, bob, eve, bot }) {
  await step('people', ann.get(`/users?q=eve-${name}`));
  const other = await ann.createSession(bot, { title: 'Short' });
  await step('renamed', ann.call('PATCH', `/sessions/${other.id}`, { title: 'Shorter' }));
  await step('renamed by a viewer', bob.call('PATCH', `/sessions/${other.id}`, { title: 'Mine' }));
  await step('published', ann.call('PATCH', `/sessions/${other.id}`, { visibility: 'private' }));
  await step('removed', ann.call('DELETE', `/sessions/${other.id}`));
  await step('removed already', ann.get(`/sessions/${other.id}`));
  await step('promoted', ann.call('PUT', `/bots/${bot.id}/permissions/${bob.id}`, { role: 'editor' }));
  await step('promoted without a role', ann.call('PUT', `/bots/${bot.id}/permissions/${eve.id}`, { role: 'editor' }));
}

async function accounts({ step, eve }) {
  await step('wrong password', eve.call('POST', '/auth/login', { username: eve.username, password: 'not this one' }));
  await step('name taken', eve.call('POST', '/auth/register', { username: eve.username, password: 'long enough' }));
  await step('short password', eve.call('POST', '/auth/register', { username: 'somebody', password: 'short' }));
  await step('refresh', eve.call('POST', '/auth/refresh', { refresh_token: eve.tokens.refresh_token }));
  await step('refresh with rubbish', eve.call('POST', '/auth/refresh', { refresh_token: 'rubbish' }));
}

async function configuration({ step, ann, bob, eve, bot }) {
  await step('change', ann.call('PATCH', `/bots/${bot.id}`, { name: 'Archivist', settings: { a: 1 } }));
  await step('stale change', ann.call('PATCH', `/bots/${bot.id}`, { name: 'Late' }, { 'If-Match': '"1"' }));
  await step('demoted', ann.grant(bot, bob, 'viewer'));
  await step('change by a viewer', bob.call('PATCH', `/bots/${bot.id}`, { name: 'Mine' }));
  await step('as a viewer sees it', bob.get(`/bots/${bot.id}`));
  await step('as a stranger sees it', eve.get(`/bots/${bot.id}`));
}

async function refusals({ step, ann, bob, bot, session }) {
  for (const [what, body] of [['no name', {}], ['empty name', { name: ' ' }], ['unknown field', { name: 'x', zork: 1 }]]) await step(what, ann.call('POST', '/bots', body));
  await step('empty message', bob.call('POST', `/sessions/${session.id}/messages`, { content: '' }));
  await step('no content', bob.call('POST', `/sessions/${session.id}/messages`, {}));
  await step('no page', bob.get('/zork-zork/zork'));
  await step('wrong method', bob.call('PATCH', `/bots/${bot.id}/permissions`, {}));
  await step('last owner', ann.revoke(bot, ann));
}

/** What may be said on sockets, and what may not. */
async function saying({ step, bob, bot, session, chat, multi }) {
  await step('snapshot', bob.snapshot(bot).then(({ presence: _, ...rest }) => rest));

  chat.send({ type: 'ping', id: '1', timestamp: 'now' });
  await chat.frame({ type: 'pong' });
  for (const wrong of ['[]', '{', '{"type":1}', '{"type":"dance","id":"d"}', '{"type":"typing"}', '{"type":"typing","data":{"is_typing":1}}', '{"type":"viewing","data":{"session_id":"x"}}', '{"type":"subscribe","data":{}}']) chat.sendText(wrong);
  chat.send({ type: 'ping', id: '2', timestamp: 'now' });
  await chat.frame({ type: 'pong', id: '2' });
  multi.send({ type: 'request_history', id: 'h', data: { channel: `bot:${bot.id}`, since: 1, limit: 2 } });
  await multi.frame({ type: 'history' });
  multi.send({ type: 'typing', id: 't', data: { is_typing: true } });
  multi.send({ type: 'subscribe', id: 'w', data: { channels: [] } });
  multi.send({ type: 'unsubscribe', id: 'u', data: { channels: [`session:${session.id}`] } });
  await multi.frame({ type: 'unsubscribed', id: 'u' });
}

async function ending(story) {
  const { step, ann, bob, bot, session, chat, inbox, multi, alone: socket } = story;
  await step('notifications', bob.get('/notifications'));
  await step('unread', bob.get('/notifications/unread-count'));
  await step('all read', bob.call('POST', '/notifications/read-all'));
  await ann.closeSession(session);
  await step('closed', bob.post(session, 'Too late'));
  await ann.revoke(bot, bob);
  story.closes = [await chat.closed];
  await multi.frame((frame) => frame.type === 'notification' && frame.data.action === 'revoked');
  await inbox.frame((frame) => frame.type === 'notification' && frame.data.action === 'revoked');
  await socket.frame((frame) => frame.type === 'unsubscribed' && frame.data.channel === `session:${session.id}`);
  await step('notifications at the end', bob.get('/notifications'));
  await step('log out', bob.logOut());
  await inbox.closed;
  await step('afterwards', bob.get('/bots'));
  await step('the same once more, without the right', ann.get(`/sessions/${session.id}/messages`).then(() => bob.again()).then((one) => one.post(session, 'Hello Ann', { key: 'k1' })));
}

/** A role that ends by itself. */
async function visiting(story) {
  const { server, ann, eve } = story;
  const temporary = await ann.createBot('Temporary');
  const guest = await eve.again();
  await ann.grant(temporary, guest, 'viewer', { expires_at: new Date(Date.now() + 8_000).toISOString() });
  const visit = await Socket.toBot(server.url, guest, temporary, '?since=1');
  story.closes.push(await visit.closed);
  story.visit = visit;
}

/** Bob once more, who has lost the bot that his notifications are about. */
async function comingLate(story) {
  const { server, bob } = story;
  const late = new Socket(`${server.url}/api/ws/notifications?since=0`, await bob.again());
  await late.frame({ type: 'replay_complete' });
  story.late = late;
}

const CHAPTERS = [
  sharing, listening, alone, talking, answers, documents, rooms, accounts, configuration, refusals, saying, ending, visiting, comingLate,
];

/** Tells the story; gives everything that was answered and sent. */
export async function tell(server, name) {
  const plain = new Plain();
  const steps = [];
  const step = async (what, promise) => steps.push([what, plain.of(await promise.catch((error) => ({ refused: error.problem ?? String(error) })))]);
  const story = { server, name, plain, step };
  for (const chapter of CHAPTERS) await chapter(story);
  const { closes, inbox, multi } = story;
  const sent = Object.fromEntries(['chat', 'inbox', 'alone', 'visit', 'late'].map((socket) => [socket, told(story[socket].frames)]));
  Object.assign(sent, byChannel(told(multi.frames)));
  return { steps, sent: plain.of(sent), closes: [...closes, await inbox.closed, await multi.closed] };
}
