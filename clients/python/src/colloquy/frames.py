"""What a channel's listeners hear. Generated from asyncapi.yaml by scripts/generate.py: do not edit.

What the server adds one day is found in `raw`. An event without `seq` is not kept: it is told once, or never.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ._frame import KINDS, ChannelState, Frame, Greeting, Reset


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFailure:
    """Why there is no (whole) answer, for everyone in the conversation."""

    code: str
    """A stable word, such as `provider_busy`."""
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerStatusData:
    message_id: str
    session_id: str
    question_id: str
    status: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BotUpdateData:
    update_type: str
    updated_by: str | None
    details: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessageDeletedData:
    message_id: str
    session_id: str
    deleted_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessageDeltaData:
    message_id: str
    session_id: str
    offset: int
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A passage of a document that an answer rests on."""

    number: int
    """The `[number]` in the text."""
    document_id: str
    filename: str
    chunk: int
    """The number of the passage, counted from 0."""
    page: int | None
    """The page, sheet or slide, counted from 1."""
    heading: str
    score: float
    quote: str
    """The words that bear the answer out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentData:
    id: str
    filename: str
    status: str
    progress: float
    """Over all of the work."""
    stage: str | None
    """While it is processed."""
    error: str | None
    """Why it failed, in a sentence for people."""
    content_type: str
    size: int
    """Bytes."""
    sha256: str
    chunks: int
    pages: int | None
    uploaded_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentUpdateData:
    action: str
    document: DocumentData
    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageData:
    message_id: str
    session_id: str
    user_id: str | None
    """Null for the bot."""
    username: str
    """As it was when the message was written; the bot's name for its own messages."""
    content: str
    role: str
    timestamp: datetime
    metadata: MessageMetadata
    edited_at: datetime | None = None
    redacted: bool | None = None
    """The message was deleted since; its text is not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageMetadata:
    """Of an assistant's message; empty for others, and where the text was taken out."""

    status: str | None = None
    """How the answer ended."""
    question_id: str | None = None
    model: str | None = None
    """What wrote it; `extractive` for answers out of the documents alone."""
    citations: list[Citation] | None = None
    usage: TokenUsage | None = None
    regenerates: str | None = None
    error: AnswerFailure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationEventData:
    """Ids and names, never a message's text. Of an item about a bot that is no longer visible only the type and `bot_id`
    are left; the texts are empty.
    """

    notification_id: str
    title: str
    message: str
    bot_id: str | None
    action: str
    """Such as `granted`, `mentioned`, `processed`, `broadcast`."""
    details: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationReadData:
    notification_id: str | None
    """Null for all."""
    action: str
    unread: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionChangeData:
    target_user_id: str
    action: str
    details: PermissionDetails


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionDetails:
    role: str
    """The new role; with `revoked`, the one that was lost."""
    granted_by: str | None
    """Who gave or took it; null when it ended by itself."""
    username: str
    """Of the person concerned."""
    granted_at: datetime
    expires_at: datetime | None
    reason: str | None = None
    """Only when nobody took the role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceData:
    user_id: str
    username: str
    status: str
    session_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadReceiptData:
    session_id: str
    user_id: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCreatedData:
    session: SessionData


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionData:
    """A session without what differs from reader to reader."""

    id: str
    bot_id: str
    title: str
    visibility: str
    status: str
    auto_reply: bool
    created_by: str
    username: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDeletedData:
    session: SessionDeletedDataSession


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDeletedDataSession:
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionUpdatedData:
    session: SessionData


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskUpdateData:
    task_id: str
    kind: str
    bot_id: str
    document_id: str
    status: str
    progress: float
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenUsage:
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TypingIndicatorData:
    user_id: str
    username: str
    session_id: str | None
    is_typing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage(Frame):
    """A message, whole. It ends the answer that was streamed under the same `message_id`."""

    bot_id: str
    channel: str | None = None
    seq: int
    id: str
    timestamp: datetime
    data: MessageData


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessageUpdated(Frame):
    """The message as it stands after an edit; `edited_at` is there."""

    bot_id: str
    channel: str | None = None
    seq: int
    id: str
    timestamp: datetime
    data: MessageData


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessageDeleted(Frame):
    """Its text is taken out of earlier events as well."""

    bot_id: str
    channel: str | None = None
    seq: int
    id: str
    timestamp: datetime
    data: ChatMessageDeletedData


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCreated(Frame):
    bot_id: str
    channel: str | None = None
    seq: int
    id: str
    timestamp: datetime
    data: SessionCreatedData


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionUpdated(Frame):
    bot_id: str
    channel: str | None = None
    seq: int
    id: str
    timestamp: datetime
    data: SessionUpdatedData


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionDeleted(Frame):
    bot_id: str
    channel: str | None = None
    seq: int
    id: str
    timestamp: datetime
    data: SessionDeletedData


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionChange(Frame):
    """Someone's role. Nothing after a `revoked` reaches the person concerned until a later grant."""

    bot_id: str
    channel: str | None = None
    seq: int
    id: str
    timestamp: datetime
    data: PermissionChangeData


@dataclass(frozen=True, slots=True, kw_only=True)
class BotUpdate(Frame):
    bot_id: str
    channel: str | None = None
    seq: int
    id: str
    timestamp: datetime
    data: BotUpdateData


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentUpdate(Frame):
    """A document changed its state or its stage."""

    bot_id: str
    channel: str | None = None
    seq: int | None = None
    id: str | None = None
    timestamp: datetime
    data: DocumentUpdateData


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationEvent(Frame):
    notification_type: str
    channel: str | None = None
    seq: int
    id: str
    timestamp: datetime
    data: NotificationEventData
    """Ids and names, never a message's text. Of an item about a bot that is no longer visible only the type and `bot_id`
    are left; the texts are empty.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationRead(Frame):
    channel: str | None = None
    seq: int
    id: str
    timestamp: datetime
    data: NotificationReadData


@dataclass(frozen=True, slots=True, kw_only=True)
class TypingIndicator(Frame):
    bot_id: str
    channel: str | None = None
    timestamp: datetime
    data: TypingIndicatorData


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence(Frame):
    """A person came, went, or looks at another session."""

    bot_id: str
    channel: str | None = None
    timestamp: datetime
    data: PresenceData


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadReceipt(Frame):
    bot_id: str
    channel: str | None = None
    timestamp: datetime
    data: ReadReceiptData


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerStatus(Frame):
    """`position` is how many answers of the session go first."""

    bot_id: str
    channel: str | None = None
    timestamp: datetime
    data: AnswerStatusData


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessageDelta(Frame):
    """A piece of an answer. `offset` counts the characters (Unicode scalar values) before it: `text = text[..offset] +
    content`. With `offset` 0 it is all of it so far.
    """

    bot_id: str
    channel: str | None = None
    timestamp: datetime
    data: ChatMessageDeltaData


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskUpdate(Frame):
    """How a piece of background work stands, on the channel `tasks`."""

    bot_id: str
    channel: str | None = None
    timestamp: datetime
    data: TaskUpdateData


KINDS.update(
    {
        "chat_message": ChatMessage,
        "chat_message_updated": ChatMessageUpdated,
        "chat_message_deleted": ChatMessageDeleted,
        "session_created": SessionCreated,
        "session_updated": SessionUpdated,
        "session_deleted": SessionDeleted,
        "permission_change": PermissionChange,
        "bot_update": BotUpdate,
        "document_update": DocumentUpdate,
        "notification": NotificationEvent,
        "notification_read": NotificationRead,
        "typing_indicator": TypingIndicator,
        "presence": Presence,
        "read_receipt": ReadReceipt,
        "answer_status": AnswerStatus,
        "chat_message_delta": ChatMessageDelta,
        "task_update": TaskUpdate,
    }
)


__all__ = [
    "AnswerFailure",
    "AnswerStatus",
    "AnswerStatusData",
    "BotUpdate",
    "BotUpdateData",
    "ChannelState",
    "ChatMessage",
    "ChatMessageDeleted",
    "ChatMessageDeletedData",
    "ChatMessageDelta",
    "ChatMessageDeltaData",
    "ChatMessageUpdated",
    "Citation",
    "DocumentData",
    "DocumentUpdate",
    "DocumentUpdateData",
    "Frame",
    "Greeting",
    "MessageData",
    "MessageMetadata",
    "NotificationEvent",
    "NotificationEventData",
    "NotificationRead",
    "NotificationReadData",
    "PermissionChange",
    "PermissionChangeData",
    "PermissionDetails",
    "Presence",
    "PresenceData",
    "ReadReceipt",
    "ReadReceiptData",
    "Reset",
    "SessionCreated",
    "SessionCreatedData",
    "SessionData",
    "SessionDeleted",
    "SessionDeletedData",
    "SessionDeletedDataSession",
    "SessionUpdated",
    "SessionUpdatedData",
    "TaskUpdate",
    "TaskUpdateData",
    "TokenUsage",
    "TypingIndicator",
    "TypingIndicatorData",
]
