import type * as frames from './frames.js';
import type { SnapshotView } from './schema.js';
import type { ChannelState } from './intake.js';
import type { LineState } from './line.js';
import type { TransportName } from './core.js';
import type { Sent } from './sent.js';
import type { TokenPair } from './storage.js';
export type DurableEvent = frames.BotEvent | frames.UserEvent;
export type Frame = DurableEvent | frames.DocumentProgress | frames.TypingIndicator | frames.Presence | frames.ReadReceipt | frames.AnswerStatus | frames.ChatMessageDelta | frames.TaskUpdate | frames.ReplayComplete;
export type Greeting = Partial<frames.ChatGreeting['data']> & Partial<frames.NotificationsGreeting['data']>;
export type Reset = {
    seq: number | null;
    epoch: string | null;
    snapshot?: SnapshotView;
};
export type ChannelEvents = {
    chat_message: frames.ChatMessage;
    chat_message_updated: frames.ChatMessageUpdated;
    chat_message_deleted: frames.ChatMessageDeleted;
    session_created: frames.SessionCreated;
    session_updated: frames.SessionUpdated;
    session_deleted: frames.SessionDeleted;
    permission_change: frames.PermissionChange;
    bot_update: frames.BotUpdate;
    document_update: frames.DocumentUpdate | frames.DocumentProgress;
    notification: frames.NotificationEvent;
    notification_read: frames.NotificationRead;
    typing_indicator: frames.TypingIndicator;
    presence: frames.Presence;
    read_receipt: frames.ReadReceipt;
    answer_status: frames.AnswerStatus;
    chat_message_delta: frames.ChatMessageDelta;
    task_update: frames.TaskUpdate;
    replay_complete: frames.ReplayComplete;
    /**
     * every durable one
     */
    event: DurableEvent;
    /**
     * every one
     */
    frame: Frame;
    /**
     * those of one animation frame
     */
    batch: readonly Frame[];
    greeting: Greeting;
    reset: Reset;
    state: {
        state: ChannelState;
        code?: number | string;
    };
};
export type ClientEvents = {
    /**
     * `retryIn`:
     * milliseconds until the next attempt
     */
    state: {
        state: LineState;
        previous: LineState;
        code?: number | string;
        reason?: string;
        retryIn?: number;
    };
    /**
     * milliseconds there and back
     */
    latency: number;
    transport: TransportName | null;
    signed_out: {
        reason: string;
    };
    tokens: TokenPair | null;
    outbox: readonly Sent[];
    frame: {
        direction: 'in' | 'out';
        channel: string | null;
        frame: any;
        bytes: number;
        at: number;
    };
    error: {
        error: unknown;
        during: string;
    };
};
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
export {};
