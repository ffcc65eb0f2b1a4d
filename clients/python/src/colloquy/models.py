"""The objects of the REST contract. Generated from openapi.yaml by scripts/generate.py: do not edit.

What the server adds one day is left out here; `None` stands for absent and for null.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer that is not finished."""

    message_id: str
    """The id that its message will have."""
    session_id: str
    question_id: str
    status: str
    """`queued` or `running`."""
    content: str
    """The text so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRef:
    """An answer that is on its way."""

    message_id: str
    """The id that its message will have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedView:
    answer: AnswerRef


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditList:
    items: list[AuditRow]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    id: str
    at: datetime
    bot_id: str | None = None
    """Null: it was about a person."""
    user_id: str | None = None
    username: str
    action: str
    target: str
    details: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """Viewers get it without instructions, model and settings; administrators without a role get id, name, owners and
    size.
    """

    id: str
    name: str
    description: str | None = None
    instructions: str | None = None
    model: str | None = None
    settings: Any = None
    version: int | None = None
    role: str | None = None
    owners: list[Owner]
    suspended: bool | None = None
    size: int | None = None
    """Bytes of all messages; for administrators."""
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BotList:
    items: list[Bot]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BotVersion:
    version: int
    name: str
    description: str
    instructions: str
    model: str
    settings: Any
    updated_by: str | None = None
    username: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    id: str
    bot_id: str
    filename: str
    content_type: str
    size: int
    """Bytes."""
    sha256: str
    status: str
    """`queued`, `processing`, `processed`, `failed` or `cancelled`."""
    stage: str | None = None
    """While it is processed: `extracting`, `storing` or `indexing`."""
    progress: float
    """0 to 1 over all of the work."""
    error: str | None = None
    """Why it failed, in a sentence for people."""
    chunks: int
    pages: int | None = None
    uploaded_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentList:
    items: list[Document]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedView:
    message_id: str
    status: str
    """How the answer ended: `cancelled`, or `complete`, `failed` or `interrupted` if that came first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldProblem:
    field: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryView:
    events: list[Any]
    """Each exactly as the socket carries it."""
    seq: int
    """The cursor to go on from."""
    epoch: str
    complete: bool
    """False: what came after `since` is no longer kept, or `since` is of another epoch; load the snapshot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkdownView:
    content_html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerView:
    session_id: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    id: str
    message_id: str
    session_id: str
    bot_id: str
    user_id: str | None = None
    """Null for the bot itself."""
    username: str
    role: str
    content: str
    content_html: str | None = None
    """If it was asked for: the text as HTML, harmless to a page. Absent too where an answer has 4 MiB of it already."""
    metadata: Any
    timestamp: datetime
    edited_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageList:
    items: list[Message]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    id: str
    notification_type: str
    title: str
    message: str
    bot_id: str | None = None
    action: str
    details: Any
    created_at: datetime
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationList:
    items: list[Notification]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    user_id: str
    username: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of a document's text."""

    document_id: str
    filename: str
    chunk: int
    """Its number within the document, counted from 0."""
    page: int | None = None
    """The page, sheet or slide it begins on, counted from 1."""
    heading: str
    """The headings it stands under, outermost first."""
    score: float
    """The higher, the better; comparable within one search alone."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageInPlace:
    """What a citation leads to."""

    passage: Passage
    before: Passage | None = None
    """The piece before it; null for the first one."""
    after: Passage | None = None
    """The piece after it; null for the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageList:
    items: list[Passage]
    """Best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleView:
    items: list[Person]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    user_id: str
    username: str
    role: str
    granted_by: str | None = None
    granted_at: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionList:
    items: list[Permission]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person as others find them."""

    id: str
    username: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedView:
    message: Message
    answer: AnswerRef | None = None
    """Null: no answer was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceView:
    items: list[PresentPerson]


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentPerson:
    user_id: str
    username: str
    session_id: str | None = None
    """The session being looked at, if the asker may know of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    """A stable word for programs."""
    request_id: str
    errors: list[FieldProblem] | None = None
    """With 422: every bad field."""
    needed_role: str | None = None
    """With 403: the least role that would do."""
    current: Bot | None = None
    """With 412: the present state."""
    document_id: str | None = None
    """With 409 for a file that is there already: which document it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderView:
    """The key is never shown."""

    kind: str
    base_url: str
    has_key: bool
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMark:
    user_id: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedView:
    """The proof of a deletion."""

    chunks_removed: int
    bytes_removed: int
    citing_messages: int
    """Messages whose citations name the document; they stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
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
    message_count: int
    unread: int
    read: list[ReadMark]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionList:
    items: list[Session]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A log-in: who it is, and the pair of tokens."""

    user: User
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    token_type: str
    expires_in: int
    """Seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotView:
    """All but `presence` is one consistent state, at number `seq` of the bot's stream."""

    bot: Bot
    members: list[Permission]
    sessions: list[Session]
    """The newest 50, newest first."""
    messages: dict[str, list[Message]]
    """The newest 50 of each session, oldest first."""
    documents: list[Document]
    """The newest 100, newest first."""
    more: bool
    """Something was left out for size."""
    answers: list[Answer]
    """Those that are not finished, in the order in which they were asked for."""
    presence: list[PresentPerson]
    seq: int
    epoch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskList:
    items: list[TaskView]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """A piece of background work."""

    task_id: str
    """The `task_id` of task updates, or the id that the answer's message will have."""
    kind: str
    """`read_document`, `clear_document` or `write_answer`."""
    status: str
    """`queued` or `processing`."""
    bot_id: str
    bot_name: str
    document_id: str | None = None
    user_id: str | None = None
    """Who uploaded the document, or asked. Null once the document is gone."""
    username: str | None = None
    node: str | None = None
    """The node that is at it."""
    stage: str | None = None
    """Of the reading of a document: `extracting`, `storing` or `indexing`."""
    progress: float | None = None
    """0 to 1, of the reading of a document."""
    attempts: int | None = None
    """How often it was begun; null for answers."""
    created_at: datetime
    due_at: datetime | None = None
    """Not before this moment, if it was put off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketView:
    ticket: str = field(repr=False)
    expires_in: int
    """Seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldView:
    recipients: int
    """How many people were told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadView:
    unread: int


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    id: str
    username: str
    email: str | None = None
    role: str
    platform_admin: bool
    disabled: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UserList:
    items: list[User]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionList:
    items: list[BotVersion]
    next_cursor: str | None = None
