"""What the OAuth endpoints refuse: an error code and a description, always with HTTP 400."""

from __future__ import annotations

INVALID_GRANT = "invalid_grant"


class OAuthError(Exception):
    """A refusal with OAuth's error and description."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description

    def body(self) -> dict[str, str]:
        """The JSON body of the answer."""
        return {"error": self.error, "error_description": self.description}


def refused_grant(description: str) -> OAuthError:
    """The grant is wrong, expired, or not for this user."""
    return OAuthError(INVALID_GRANT, description)
