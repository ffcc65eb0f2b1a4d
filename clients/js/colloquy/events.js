// What listeners get, by type. Types only; the frames are those of asyncapi.yaml.

/** @import * as frames from './frames.js' */
/** @import { SnapshotView } from './schema.js' */
/** @import { ChannelState } from './intake.js' */
/** @import { LineState } from './line.js' */
/** @import { TransportName } from './core.js' */
/** @import { Sent } from './sent.js' */
/** @import { TokenPair } from './storage.js' */

/** @typedef {frames.BotEvent | frames.UserEvent} DurableEvent */

/**
 * Everything that a channel can carry.
 * @typedef {DurableEvent | frames.DocumentProgress | frames.TypingIndicator | frames.Presence | frames.ReadReceipt | frames.AnswerStatus
 *   | frames.ChatMessageDelta | frames.TaskUpdate | frames.ReplayComplete} Frame
 */

/**
 * What a channel begins with. By a socket a bot's channel gets all of it; by an event stream or polls little more than the ids.
 * @typedef {Partial<frames.ChatGreeting['data']> & Partial<frames.NotificationsGreeting['data']>} Greeting
 */

/**
 * What was missed could not be replayed: the state must be loaded anew. A bot's comes with it, unless the bot is gone.
 * @typedef {{seq: number | null, epoch: string | null, snapshot?: SnapshotView}} Reset
 */

/**
 * @typedef {object} ChannelEvents
 * @property {frames.ChatMessage} chat_message
 * @property {frames.ChatMessageUpdated} chat_message_updated
 * @property {frames.ChatMessageDeleted} chat_message_deleted
 * @property {frames.SessionCreated} session_created
 * @property {frames.SessionUpdated} session_updated
 * @property {frames.SessionDeleted} session_deleted
 * @property {frames.PermissionChange} permission_change
 * @property {frames.BotUpdate} bot_update
 * @property {frames.DocumentUpdate | frames.DocumentProgress} document_update
 * @property {frames.NotificationEvent} notification
 * @property {frames.NotificationRead} notification_read
 * @property {frames.TypingIndicator} typing_indicator
 * @property {frames.Presence} presence
 * @property {frames.ReadReceipt} read_receipt
 * @property {frames.AnswerStatus} answer_status
 * @property {frames.ChatMessageDelta} chat_message_delta
 * @property {frames.TaskUpdate} task_update
 * @property {frames.ReplayComplete} replay_complete
 * @property {DurableEvent} event every durable one
 * @property {Frame} frame every one
 * @property {readonly Frame[]} batch those of one animation frame
 * @property {Greeting} greeting
 * @property {Reset} reset
 * @property {{state: ChannelState, code?: number | string}} state
 */

/**
 * @typedef {object} ClientEvents
 * @property {{state: LineState, previous: LineState, code?: number | string, reason?: string, retryIn?: number}} state `retryIn`:
 *   milliseconds until the next attempt
 * @property {number} latency milliseconds there and back
 * @property {TransportName | null} transport
 * @property {{reason: string}} signed_out
 * @property {TokenPair | null} tokens
 * @property {readonly Sent[]} outbox
 * @property {{direction: 'in' | 'out', channel: string | null, frame: any, bytes: number, at: number}} frame
 * @property {{error: unknown, during: string}} error
 */

export {}
