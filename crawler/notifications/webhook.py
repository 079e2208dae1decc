"""A message sent to a webhook: a POST of JSON, signed, with no redirect followed.

`Sourcekeep-Signature: t=SECONDS,v1=HEX` holds the HMAC-SHA256 of `SECONDS.BODY` under the shared secret: whoever
receives it computes the same, and refuses old times. `Sourcekeep-Delivery` is the same for each attempt, so that one
that arrived twice can be told.
"""

from __future__ import annotations

import hashlib
import hmac

import requests

from crawler import __version__
from crawler.notifications.channels import Webhook
from crawler.notifications.secrets import resolved, secret
from crawler.notifications.sent import Passing, Refused

SIGNATURE, DELIVERY = "Sourcekeep-Signature", "Sourcekeep-Delivery"
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


def signature(key: str, body: bytes, *, at: int) -> str:
    """The value of the header (pure). `at`: seconds since 1970."""
    digest = hmac.new(key.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def post(to: Webhook, body: bytes, *, delivery: str, at: int, timeout: float) -> str:
    """Send it once; what came of it. Raises Passing, Refused, NoSecret."""
    url = resolved(to.url)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"sourcekeep/{__version__}",
        DELIVERY: delivery,
    }
    if to.sign_with is not None:
        headers[SIGNATURE] = signature(secret(to.sign_with), body, at=at)
    try:
        with requests.Session() as session:
            session.auth = _as_it_is  # no password of a .netrc: who we are is said by the signature
            answer = session.post(
                url,
                data=body,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
                stream=True,  # nobody reads what it says
                verify=True if to.ca_file is None else str(to.ca_file),
            )
            answer.close()
    except (requests.ConnectionError, requests.Timeout) as error:
        raise Passing(_why(error)) from None
    except (requests.RequestException, ValueError, OSError) as error:
        raise Refused(type(error).__name__) from None  # its message may hold the address
    if answer.status_code in _PASSING:
        raise Passing(f"status {answer.status_code}")
    if not 200 <= answer.status_code < 300:
        moved = ": redirects are not followed" if 300 <= answer.status_code < 400 else ""
        raise Refused(f"status {answer.status_code}{moved}")
    return f"status {answer.status_code}"


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _why(error: Exception) -> str:
    """What went wrong, without the address: its path may be a secret."""
    match error:
        case requests.exceptions.SSLError():
            return "its certificate is not trusted, or TLS failed"
        case requests.Timeout():
            return "no answer in time"
        case _:
            return "it cannot be reached"
