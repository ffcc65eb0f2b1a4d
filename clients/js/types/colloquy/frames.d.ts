export type Id = string;
export type Time = string;
export type NullableId = string | null;
export type NullableTime = string | null;
export type Seq = number;
export type Epoch = string;
export type Role = "viewer" | "editor" | "owner";
export type ChannelName = string;
export type EventChannel = string;
export type RequestId = string;
export type EchoedId = string;
export type OnlinePerson = {
    user_id: Id;
    username: string;
    session_id: string | null;
};
export type ReadMarker = {
    session_id: Id;
    user_id: Id;
    message_id: Id;
};
export type Citation = {
    number: number;
    document_id: Id;
    filename: string;
    chunk: number;
    page: number | null;
    heading: string;
    score: number;
    quote: string;
};
export type TokenUsage = {
    input_tokens: number;
    output_tokens: number;
};
export type AnswerFailure = {
    code: string;
    message: string;
};
export type MessageMetadata = {
    status?: "complete" | "failed" | "cancelled" | "interrupted";
    question_id?: Id;
    model?: string | null;
    citations?: Array<Citation>;
    usage?: TokenUsage;
    regenerates?: Id;
    error?: AnswerFailure;
};
export type MessageData = {
    message_id: Id;
    session_id: Id;
    user_id: string | null;
    username: string;
    content: string;
    role: "user" | "assistant" | "system";
    timestamp: Time;
    metadata: MessageMetadata;
    edited_at?: Time;
    redacted?: true;
};
export type SessionData = {
    id: Id;
    bot_id: Id;
    title: string;
    visibility: "shared" | "private";
    status: "open" | "closed";
    auto_reply: boolean;
    created_by: Id;
    username: string;
    created_at: Time;
    updated_at: Time;
};
export type DocumentData = {
    id: Id;
    filename: string;
    status: "queued" | "processing" | "processed" | "failed" | "cancelled";
    progress: number;
    stage: "extracting" | "storing" | "indexing" | null;
    error: string | null;
    content_type: string;
    size: number;
    sha256: string;
    chunks: number;
    pages: number | null;
    uploaded_by: Id;
    created_at: Time;
};
export type PermissionDetails = {
    role: "viewer" | "editor" | "owner";
    granted_by: string | null;
    username: string;
    granted_at: Time;
    expires_at: NullableTime;
    reason?: "left" | "expired";
};
export type BotCreated = {
    update_type: "created";
    updated_by: NullableId;
    details: {
        name: string;
        description: string;
        version: number;
    };
};
export type BotConfigured = {
    update_type: "config";
    updated_by: NullableId;
    details: {
        name: string;
        description: string;
        version: number;
        changed: Array<string>;
    };
};
export type BotPaused = {
    update_type: "suspended" | "resumed";
    updated_by: NullableId;
    details: Record<string, any>;
};
export type BotDeleted = {
    update_type: "deleted";
    updated_by: NullableId;
    details: {
        name: string;
    };
};
export type BotHandedOver = {
    update_type: "ownership";
    updated_by: NullableId;
    details: {
        from: string | null;
        to: Id;
        to_username: string;
        granted_by: NullableId;
        granted_at: Time;
    };
};
export type SubscribedToBot = {
    channel: string;
    seq: Seq;
    epoch: Epoch;
    bot_id: Id;
    bot_name: string;
    user_id: Id;
    connection_id: Id;
    role: Role;
    expires_at: Time;
    online: Array<OnlinePerson>;
    online_count: number;
    read: Array<ReadMarker>;
};
export type SubscribedToSession = {
    channel: string;
    seq: Seq;
    epoch: Epoch;
};
export type SubscribedToNotifications = {
    channel: "notifications";
    seq: Seq;
    epoch: Epoch;
    unread: number;
};
export type SubscribedToTasks = {
    channel: "tasks";
    seq: null;
    epoch: null;
};
export type ChatGreeting = {
    type: "connection_established";
    data: {
        connection_type: "chat";
        bot_id: Id;
        bot_name: string;
        user_id: Id;
        connection_id: Id;
        role: Role;
        seq: number;
        epoch: Epoch;
        expires_at: string;
        online: Array<OnlinePerson>;
        online_count: number;
        read: Array<ReadMarker>;
    };
};
export type NotificationsGreeting = {
    type: "connection_established";
    data: {
        connection_type: "notifications";
        user_id: Id;
        connection_id: Id;
        seq: number;
        epoch: Epoch;
        expires_at: Time;
        unread: number;
    };
};
export type MultiGreeting = {
    type: "connection_established";
    data: {
        connection_type: "multi";
        user_id: Id;
        connection_id: Id;
        expires_at: Time;
    };
};
export type ReplayComplete = {
    type: "replay_complete";
    bot_id?: Id;
    channel?: EventChannel;
    data: {
        from: number | null;
        to: number;
        complete: boolean;
    };
};
export type ChatMessage = {
    type: "chat_message";
    bot_id: Id;
    channel?: EventChannel;
    seq: number;
    id: Id;
    timestamp: Time;
    data: MessageData;
};
export type ChatMessageUpdated = {
    type: "chat_message_updated";
    bot_id: Id;
    channel?: EventChannel;
    seq: number;
    id: Id;
    timestamp: Time;
    data: MessageData;
};
export type ChatMessageDeleted = {
    type: "chat_message_deleted";
    bot_id: Id;
    channel?: EventChannel;
    seq: number;
    id: Id;
    timestamp: Time;
    data: {
        message_id: Id;
        session_id: Id;
        deleted_by: NullableId;
    };
};
export type SessionCreated = {
    type: "session_created";
    bot_id: Id;
    channel?: EventChannel;
    seq: number;
    id: Id;
    timestamp: Time;
    data: {
        session: SessionData;
    };
};
export type SessionUpdated = {
    type: "session_updated";
    bot_id: Id;
    channel?: EventChannel;
    seq: number;
    id: Id;
    timestamp: Time;
    data: {
        session: SessionData;
    };
};
export type SessionDeleted = {
    type: "session_deleted";
    bot_id: Id;
    channel?: EventChannel;
    seq: number;
    id: Id;
    timestamp: Time;
    data: {
        session: {
            id: Id;
        };
    };
};
export type PermissionChange = {
    type: "permission_change";
    bot_id: Id;
    channel?: EventChannel;
    seq: number;
    id: Id;
    timestamp: Time;
    data: {
        target_user_id: Id;
        action: "granted" | "updated" | "revoked";
        details: PermissionDetails;
    };
};
export type BotUpdate = {
    type: "bot_update";
    bot_id: Id;
    channel?: EventChannel;
    seq: number;
    id: Id;
    timestamp: Time;
    data: BotCreated | BotConfigured | BotPaused | BotDeleted | BotHandedOver;
};
export type DocumentUpdate = {
    type: "document_update";
    bot_id: Id;
    channel?: EventChannel;
    seq: number;
    id: Id;
    timestamp: Time;
    data: {
        action: "uploaded" | "processing" | "processed" | "failed" | "cancelled" | "deleted";
        document: DocumentData;
        user_id: Id;
    };
};
export type NotificationEvent = {
    type: "notification";
    notification_type: "permission_change" | "mention" | "bot_update" | "document" | "system";
    channel?: EventChannel;
    seq: number;
    id: Id;
    timestamp: Time;
    data: {
        notification_id: Id;
        title: string;
        message: string;
        bot_id: NullableId;
        action: string;
        details: Record<string, any>;
    };
};
export type NotificationRead = {
    type: "notification_read";
    channel?: EventChannel;
    seq: number;
    id: Id;
    timestamp: Time;
    data: {
        notification_id: string | null;
        action: "read" | "dismissed";
        unread: number;
    };
};
export type BotEvent = ChatMessage | ChatMessageUpdated | ChatMessageDeleted | SessionCreated | SessionUpdated | SessionDeleted | PermissionChange | BotUpdate | DocumentUpdate;
export type UserEvent = NotificationEvent | NotificationRead;
export type DocumentProgress = {
    type: "document_update";
    bot_id: Id;
    channel?: EventChannel;
    timestamp: Time;
    data: {
        action: "uploaded" | "processing" | "processed" | "failed" | "cancelled" | "deleted";
        document: DocumentData;
        user_id: Id;
    };
};
export type TypingIndicator = {
    type: "typing_indicator";
    bot_id: Id;
    channel?: EventChannel;
    timestamp: Time;
    data: {
        user_id: Id;
        username: string;
        session_id: NullableId;
        is_typing: boolean;
    };
};
export type Presence = {
    type: "presence";
    bot_id: Id;
    channel?: EventChannel;
    timestamp: Time;
    data: {
        user_id: Id;
        username: string;
        status: "online" | "offline";
        session_id: NullableId;
    };
};
export type ReadReceipt = {
    type: "read_receipt";
    bot_id: Id;
    channel?: EventChannel;
    timestamp: Time;
    data: {
        session_id: Id;
        user_id: Id;
        message_id: Id;
    };
};
export type AnswerStatus = {
    type: "answer_status";
    bot_id: Id;
    channel?: EventChannel;
    timestamp: Time;
    data: {
        message_id: Id;
        session_id: Id;
        question_id: Id;
        status: "queued" | "running";
        position: number;
    };
};
export type ChatMessageDelta = {
    type: "chat_message_delta";
    bot_id: Id;
    channel?: EventChannel;
    timestamp: Time;
    data: {
        message_id: Id;
        session_id: Id;
        offset: number;
        content: string;
    };
};
export type TaskUpdate = {
    type: "task_update";
    bot_id: Id;
    channel?: EventChannel;
    timestamp: Time;
    data: {
        task_id: Id;
        kind: "read_document";
        bot_id: Id;
        document_id: Id;
        status: "queued" | "processing" | "processed" | "failed" | "cancelled";
        progress: number;
        error: string | null;
    };
};
export type Pong = {
    type: "pong";
    timestamp: string;
    seq?: number;
    id?: EchoedId;
};
export type Authenticated = {
    type: "authenticated";
    id?: EchoedId;
    data: {
        expires_at: Time;
    };
};
export type ErrorFrame = {
    type: "error";
    code: "invalid_json" | "invalid_message" | "unknown_type" | "not_found" | "access_denied" | "rate_limited" | "too_many_channels" | "unavailable";
    message: string;
    id?: EchoedId;
    channel?: string;
};
export type Subscribed = {
    type: "subscribed";
    id?: EchoedId;
    data: SubscribedToBot | SubscribedToSession | SubscribedToNotifications | SubscribedToTasks;
};
export type Unsubscribed = {
    type: "unsubscribed";
    id?: EchoedId;
    data: {
        channel: ChannelName;
        code?: "access_withdrawn";
    };
};
export type HistoryPage = {
    type: "history";
    id?: EchoedId;
    data: {
        channel: ChannelName;
        events: Array<BotEvent | UserEvent>;
        seq: number;
        epoch: Epoch;
        complete: boolean;
    };
};
export type FilterUpdated = {
    type: "filter_updated";
    id?: EchoedId;
    data: {
        channel: ChannelName;
        filter: Record<string, any>;
    };
};
export type StreamReplayComplete = {
    from: number | null;
    to: number;
    complete: boolean;
};
export type StreamEnd = {
    code: 1001 | 4001 | 4003;
};
export type Ping = {
    type: "ping";
    id?: RequestId;
    timestamp?: string;
};
export type Auth = {
    type: "auth";
    id?: RequestId;
    data: {
        token: string;
    };
};
export type Typing = {
    type: "typing";
    id?: RequestId;
    data: {
        is_typing: boolean;
        session_id?: NullableId;
    };
};
export type Viewing = {
    type: "viewing";
    id?: RequestId;
    data: {
        session_id: string | null;
    };
};
export type Read = {
    type: "read";
    id?: RequestId;
    data: {
        session_id: Id;
        message_id: Id;
    };
};
export type ChannelTyping = Typing & OnChannel;
export type ChannelViewing = Viewing & OnChannel;
export type ChannelRead = Read & OnChannel;
export type OnChannel = {
    channel: string;
};
export type Subscribe = {
    type: "subscribe";
    id?: RequestId;
    data: {
        channels: Array<WantedChannel>;
    };
};
export type WantedChannel = {
    channel: string;
    since?: number | null;
    epoch?: string | null;
};
export type Unsubscribe = {
    type: "unsubscribe";
    id?: RequestId;
    data: {
        channels: Array<string>;
    };
};
export type RequestHistory = {
    type: "request_history";
    id?: RequestId;
    data: {
        channel: string;
        since?: number | null;
        epoch?: string | null;
        limit?: number | null;
    };
};
export type UpdateFilter = {
    type: "update_filter";
    id?: RequestId;
    data: {
        channel: string;
        filter: Filter;
    };
};
export type Filter = {
    types?: Array<string> | null;
    task_id?: string | null;
    level?: "trace" | "debug" | "info" | "warn" | "error" | null;
    interval_ms?: number | null;
};
/** @typedef {string} Id */
/** @typedef {string} Time RFC 3339, UTC, with `Z`. */
/** @typedef {string | null} NullableId */
/** @typedef {string | null} NullableTime */
/** @typedef {number} Seq A number of a stream. The first event has 1; 0 is before it. */
/** @typedef {string} Epoch The life of an installation's streams, a short text without a colon. It changes when the installation is restored from a backup; a `since` of another epoch is never replayed. */
/** @typedef {"viewer" | "editor" | "owner"} Role What a person may do on a bot, in rising order. */
/** @typedef {string} ChannelName A channel of a socket of many channels. Each has one spelling. */
/** @typedef {string} EventChannel The channel that it came by. Only on `/api/ws`, and there always. */
/** @typedef {string} RequestId Carried back by the direct answer. */
/** @typedef {string} EchoedId The `id` of the frame that this answers, if it had one. */
/** @typedef {{
  user_id: Id,
  username: string,
  session_id: string | null
}} OnlinePerson */
/** @typedef {{
  session_id: Id,
  user_id: Id,
  message_id: Id
}} ReadMarker How far a person has read a session. */
/** @typedef {{
  number: number,
  document_id: Id,
  filename: string,
  chunk: number,
  page: number | null,
  heading: string,
  score: number,
  quote: string
}} Citation A passage of a document that an answer rests on. */
/** @typedef {{
  input_tokens: number,
  output_tokens: number
}} TokenUsage */
/** @typedef {{
  code: string,
  message: string
}} AnswerFailure Why there is no (whole) answer, for everyone in the conversation. */
/** @typedef {{
  status?: "complete" | "failed" | "cancelled" | "interrupted",
  question_id?: Id,
  model?: string | null,
  citations?: Array<Citation>,
  usage?: TokenUsage,
  regenerates?: Id,
  error?: AnswerFailure
}} MessageMetadata Of an assistant's message; empty for others, and where the text was taken out. */
/** @typedef {{
  message_id: Id,
  session_id: Id,
  user_id: string | null,
  username: string,
  content: string,
  role: "user" | "assistant" | "system",
  timestamp: Time,
  metadata: MessageMetadata,
  edited_at?: Time,
  redacted?: true
}} MessageData */
/** @typedef {{
  id: Id,
  bot_id: Id,
  title: string,
  visibility: "shared" | "private",
  status: "open" | "closed",
  auto_reply: boolean,
  created_by: Id,
  username: string,
  created_at: Time,
  updated_at: Time
}} SessionData A session without what differs from reader to reader. */
/** @typedef {{
  id: Id,
  filename: string,
  status: "queued" | "processing" | "processed" | "failed" | "cancelled",
  progress: number,
  stage: "extracting" | "storing" | "indexing" | null,
  error: string | null,
  content_type: string,
  size: number,
  sha256: string,
  chunks: number,
  pages: number | null,
  uploaded_by: Id,
  created_at: Time
}} DocumentData */
/** @typedef {{
  role: "viewer" | "editor" | "owner",
  granted_by: string | null,
  username: string,
  granted_at: Time,
  expires_at: NullableTime,
  reason?: "left" | "expired"
}} PermissionDetails */
/** @typedef {{
  update_type: "created",
  updated_by: NullableId,
  details: {
    name: string,
    description: string,
    version: number
  }
}} BotCreated */
/** @typedef {{
  update_type: "config",
  updated_by: NullableId,
  details: {
    name: string,
    description: string,
    version: number,
    changed: Array<string>
  }
}} BotConfigured The values of instructions, model and settings never travel in an event; editors read them over REST. */
/** @typedef {{
  update_type: "suspended" | "resumed",
  updated_by: NullableId,
  details: Record<string, any>
}} BotPaused */
/** @typedef {{
  update_type: "deleted",
  updated_by: NullableId,
  details: {
    name: string
  }
}} BotDeleted */
/** @typedef {{
  update_type: "ownership",
  updated_by: NullableId,
  details: {
    from: string | null,
    to: Id,
    to_username: string,
    granted_by: NullableId,
    granted_at: Time
  }
}} BotHandedOver */
/** @typedef {{
  channel: string,
  seq: Seq,
  epoch: Epoch,
  bot_id: Id,
  bot_name: string,
  user_id: Id,
  connection_id: Id,
  role: Role,
  expires_at: Time,
  online: Array<OnlinePerson>,
  online_count: number,
  read: Array<ReadMarker>
}} SubscribedToBot */
/** @typedef {{
  channel: string,
  seq: Seq,
  epoch: Epoch
}} SubscribedToSession */
/** @typedef {{
  channel: "notifications",
  seq: Seq,
  epoch: Epoch,
  unread: number
}} SubscribedToNotifications */
/** @typedef {{
  channel: "tasks",
  seq: null,
  epoch: null
}} SubscribedToTasks Nothing of this channel is numbered or kept. */
/** @typedef {{
  type: "connection_established",
  data: {
    connection_type: "chat",
    bot_id: Id,
    bot_name: string,
    user_id: Id,
    connection_id: Id,
    role: Role,
    seq: number,
    epoch: Epoch,
    expires_at: string,
    online: Array<OnlinePerson>,
    online_count: number,
    read: Array<ReadMarker>
  }
}} ChatGreeting */
/** @typedef {{
  type: "connection_established",
  data: {
    connection_type: "notifications",
    user_id: Id,
    connection_id: Id,
    seq: number,
    epoch: Epoch,
    expires_at: Time,
    unread: number
  }
}} NotificationsGreeting */
/** @typedef {{
  type: "connection_established",
  data: {
    connection_type: "multi",
    user_id: Id,
    connection_id: Id,
    expires_at: Time
  }
}} MultiGreeting */
/** @typedef {{
  type: "replay_complete",
  bot_id?: Id,
  channel?: EventChannel,
  data: {
    from: number | null,
    to: number,
    complete: boolean
  }
}} ReplayComplete The end of a replay, whenever `since` was given. `complete: false`: what was missed cannot be given (no longer kept, more than 2,000 events, another epoch, no number of this stream); nothing was replayed, live events from `to` + 1 follow. Keep those, load the snapshot over REST, and drop those up to `snapshot.seq`. */
/** @typedef {{
  type: "chat_message",
  bot_id: Id,
  channel?: EventChannel,
  seq: number,
  id: Id,
  timestamp: Time,
  data: MessageData
}} ChatMessage A message, whole. It ends the answer that was streamed under the same `message_id`. */
/** @typedef {{
  type: "chat_message_updated",
  bot_id: Id,
  channel?: EventChannel,
  seq: number,
  id: Id,
  timestamp: Time,
  data: MessageData
}} ChatMessageUpdated The message as it stands after an edit; `edited_at` is there. */
/** @typedef {{
  type: "chat_message_deleted",
  bot_id: Id,
  channel?: EventChannel,
  seq: number,
  id: Id,
  timestamp: Time,
  data: {
    message_id: Id,
    session_id: Id,
    deleted_by: NullableId
  }
}} ChatMessageDeleted Its text is taken out of earlier events as well. */
/** @typedef {{
  type: "session_created",
  bot_id: Id,
  channel?: EventChannel,
  seq: number,
  id: Id,
  timestamp: Time,
  data: {
    session: SessionData
  }
}} SessionCreated */
/** @typedef {{
  type: "session_updated",
  bot_id: Id,
  channel?: EventChannel,
  seq: number,
  id: Id,
  timestamp: Time,
  data: {
    session: SessionData
  }
}} SessionUpdated */
/** @typedef {{
  type: "session_deleted",
  bot_id: Id,
  channel?: EventChannel,
  seq: number,
  id: Id,
  timestamp: Time,
  data: {
    session: {
      id: Id
    }
  }
}} SessionDeleted */
/** @typedef {{
  type: "permission_change",
  bot_id: Id,
  channel?: EventChannel,
  seq: number,
  id: Id,
  timestamp: Time,
  data: {
    target_user_id: Id,
    action: "granted" | "updated" | "revoked",
    details: PermissionDetails
  }
}} PermissionChange Someone's role. Nothing after a `revoked` reaches the person concerned until a later grant. */
/** @typedef {{
  type: "bot_update",
  bot_id: Id,
  channel?: EventChannel,
  seq: number,
  id: Id,
  timestamp: Time,
  data: BotCreated | BotConfigured | BotPaused | BotDeleted | BotHandedOver
}} BotUpdate */
/** @typedef {{
  type: "document_update",
  bot_id: Id,
  channel?: EventChannel,
  seq: number,
  id: Id,
  timestamp: Time,
  data: {
    action: "uploaded" | "processing" | "processed" | "failed" | "cancelled" | "deleted",
    document: DocumentData,
    user_id: Id
  }
}} DocumentUpdate A document changed its state or its stage. */
/** @typedef {{
  type: "notification",
  notification_type: "permission_change" | "mention" | "bot_update" | "document" | "system",
  channel?: EventChannel,
  seq: number,
  id: Id,
  timestamp: Time,
  data: {
    notification_id: Id,
    title: string,
    message: string,
    bot_id: NullableId,
    action: string,
    details: Record<string, any>
  }
}} NotificationEvent */
/** @typedef {{
  type: "notification_read",
  channel?: EventChannel,
  seq: number,
  id: Id,
  timestamp: Time,
  data: {
    notification_id: string | null,
    action: "read" | "dismissed",
    unread: number
  }
}} NotificationRead */
/** @typedef {ChatMessage | ChatMessageUpdated | ChatMessageDeleted | SessionCreated | SessionUpdated | SessionDeleted | PermissionChange | BotUpdate | DocumentUpdate} BotEvent A durable event of a bot's stream. */
/** @typedef {NotificationEvent | NotificationRead} UserEvent A durable event of a person's own stream. */
/** @typedef {{
  type: "document_update",
  bot_id: Id,
  channel?: EventChannel,
  timestamp: Time,
  data: {
    action: "uploaded" | "processing" | "processed" | "failed" | "cancelled" | "deleted",
    document: DocumentData,
    user_id: Id
  }
}} DocumentProgress Work on a document got on, its state did not change. It has no number, which tells it from `DocumentUpdate`. */
/** @typedef {{
  type: "typing_indicator",
  bot_id: Id,
  channel?: EventChannel,
  timestamp: Time,
  data: {
    user_id: Id,
    username: string,
    session_id: NullableId,
    is_typing: boolean
  }
}} TypingIndicator */
/** @typedef {{
  type: "presence",
  bot_id: Id,
  channel?: EventChannel,
  timestamp: Time,
  data: {
    user_id: Id,
    username: string,
    status: "online" | "offline",
    session_id: NullableId
  }
}} Presence A person came, went, or looks at another session. */
/** @typedef {{
  type: "read_receipt",
  bot_id: Id,
  channel?: EventChannel,
  timestamp: Time,
  data: {
    session_id: Id,
    user_id: Id,
    message_id: Id
  }
}} ReadReceipt */
/** @typedef {{
  type: "answer_status",
  bot_id: Id,
  channel?: EventChannel,
  timestamp: Time,
  data: {
    message_id: Id,
    session_id: Id,
    question_id: Id,
    status: "queued" | "running",
    position: number
  }
}} AnswerStatus `position` is how many answers of the session go first. */
/** @typedef {{
  type: "chat_message_delta",
  bot_id: Id,
  channel?: EventChannel,
  timestamp: Time,
  data: {
    message_id: Id,
    session_id: Id,
    offset: number,
    content: string
  }
}} ChatMessageDelta A piece of an answer. `offset` counts the characters (Unicode scalar values) before it: `text = text[..offset] + content`. With `offset` 0 it is all of it so far. */
/** @typedef {{
  type: "task_update",
  bot_id: Id,
  channel?: EventChannel,
  timestamp: Time,
  data: {
    task_id: Id,
    kind: "read_document",
    bot_id: Id,
    document_id: Id,
    status: "queued" | "processing" | "processed" | "failed" | "cancelled",
    progress: number,
    error: string | null
  }
}} TaskUpdate How a piece of background work stands, on the channel `tasks`. */
/** @typedef {{
  type: "pong",
  timestamp: string,
  seq?: number,
  id?: EchoedId
}} Pong */
/** @typedef {{
  type: "authenticated",
  id?: EchoedId,
  data: {
    expires_at: Time
  }
}} Authenticated */
/** @typedef {{
  type: "error",
  code: "invalid_json" | "invalid_message" | "unknown_type" | "not_found" | "access_denied" | "rate_limited" | "too_many_channels" | "unavailable",
  message: string,
  id?: EchoedId,
  channel?: string
}} ErrorFrame Something is wrong with a frame; the socket stays open. */
/** @typedef {{
  type: "subscribed",
  id?: EchoedId,
  data: SubscribedToBot | SubscribedToSession | SubscribedToNotifications | SubscribedToTasks
}} Subscribed */
/** @typedef {{
  type: "unsubscribed",
  id?: EchoedId,
  data: {
    channel: ChannelName,
    code?: "access_withdrawn"
  }
}} Unsubscribed */
/** @typedef {{
  type: "history",
  id?: EchoedId,
  data: {
    channel: ChannelName,
    events: Array<BotEvent | UserEvent>,
    seq: number,
    epoch: Epoch,
    complete: boolean
  }
}} HistoryPage */
/** @typedef {{
  type: "filter_updated",
  id?: EchoedId,
  data: {
    channel: ChannelName,
    filter: Record<string, any>
  }
}} FilterUpdated */
/** @typedef {{
  from: number | null,
  to: number,
  complete: boolean
}} StreamReplayComplete The `data:` of `event: replay_complete`, after a resume. */
/** @typedef {{
  code: 1001 | 4001 | 4003
}} StreamEnd The `data:` of `event: end`, before the stream ends. 1001 says "come back". */
/** @typedef {{
  type: "ping",
  id?: RequestId,
  timestamp?: string
}} Ping */
/** @typedef {{
  type: "auth",
  id?: RequestId,
  data: {
    token: string
  }
}} Auth A new access token of the same person. A bad one, or another person's, ends the socket with 4001. */
/** @typedef {{
  type: "typing",
  id?: RequestId,
  data: {
    is_typing: boolean,
    session_id?: NullableId
  }
}} Typing Changes are forwarded at once, repeats are merged to one a second; the server ends it by itself after 6 s of silence and when the socket goes. */
/** @typedef {{
  type: "viewing",
  id?: RequestId,
  data: {
    session_id: string | null
  }
}} Viewing */
/** @typedef {{
  type: "read",
  id?: RequestId,
  data: {
    session_id: Id,
    message_id: Id
  }
}} Read The read marker; it never moves backwards. */
/** @typedef {Typing & OnChannel} ChannelTyping `Typing` on a `bot:` or `session:` channel that this socket has. */
/** @typedef {Viewing & OnChannel} ChannelViewing `Viewing` on a `bot:` or `session:` channel that this socket has. */
/** @typedef {Read & OnChannel} ChannelRead `Read` on a `bot:` or `session:` channel that this socket has. */
/** @typedef {{
  channel: string
}} OnChannel */
/** @typedef {{
  type: "subscribe",
  id?: RequestId,
  data: {
    channels: Array<WantedChannel>
  }
}} Subscribe */
/** @typedef {{
  channel: string,
  since?: number | null,
  epoch?: string | null
}} WantedChannel */
/** @typedef {{
  type: "unsubscribe",
  id?: RequestId,
  data: {
    channels: Array<string>
  }
}} Unsubscribe */
/** @typedef {{
  type: "request_history",
  id?: RequestId,
  data: {
    channel: string,
    since?: number | null,
    epoch?: string | null,
    limit?: number | null
  }
}} RequestHistory The channel need not be one that the socket has. Nothing is kept of `tasks`. */
/** @typedef {{
  type: "update_filter",
  id?: RequestId,
  data: {
    channel: string,
    filter: Filter
  }
}} UpdateFilter A new filter replaces the old one. Replay and history ignore it. */
/** @typedef {{
  types?: Array<string> | null,
  task_id?: string | null,
  level?: "trace" | "debug" | "info" | "warn" | "error" | null,
  interval_ms?: number | null
}} Filter */
export {};
