"""What can go wrong, by meaning. Nothing here carries a token or a password, so every error may be logged."""

from __future__ import annotations

from typing import Any

#: The code of what is no problem document: the page of something between here and the server.
PAGE = "http_error"
#: Why what was begun as one person is not done as the next.
OTHER = "somebody else has logged in"


class ColloquyError(Exception):
    """The server refused, or could not be asked.

    `code` is the stable word of the problem document; `status` is 0 where there was no answer.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: list[dict[str, str]] | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        problem: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{detail} ({code}, {status})" if status else f"{detail} ({code})")
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors or []
        self.request_id = request_id
        self.retry_after = retry_after
        self.problem = problem or {}

    @property
    def current(self) -> Any:
        """With 412: the present state, as JSON."""
        return self.problem.get("current")

    @property
    def is_final(self) -> bool:
        """The server's own word: trying the same again is of no use."""
        return self._is_refusal and self.code != PAGE

    @property
    def _is_refusal(self) -> bool:
        """Be it by the server or by something before it."""
        return 400 <= self.status < 500 and self.status not in (408, 425, 429)


class NetworkError(ColloquyError):
    """No answer came: the request may or may not have been carried out."""

    def __init__(self, detail: str) -> None:
        super().__init__(0, "network", detail)


class SignedOut(ColloquyError):
    """There is no credential that holds, and no way to a new one."""

    def __init__(self, detail: str = "signed out") -> None:
        super().__init__(401, "signed_out", detail)


class AccessLost(ColloquyError):
    """A channel was refused, or its access was withdrawn; `channel` says which. It stays so until access is granted anew."""

    def __init__(self, channel: str, code: str) -> None:
        super().__init__(404, code, f"no access to {channel}")
        self.channel = channel


class ConnectionFailed(NetworkError):
    """As many attempts to connect failed as `Backoff.attempts` allows."""

    def __init__(self) -> None:
        super().__init__("the server could not be reached")
        self.code = "gave_up"


class Closed(ColloquyError):
    """The client was closed before this was done."""

    def __init__(self) -> None:
        super().__init__(0, "closed", "the client was closed")
