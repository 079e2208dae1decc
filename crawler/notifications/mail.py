"""A message sent by mail, over SMTP with STARTTLS or TLS from the start."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from crawler.notifications.channels import Mail, Tls
from crawler.notifications.secrets import secret
from crawler.notifications.sent import Passing, Refused

_FIRST_PASSING, _FIRST_LASTING = 400, 500  # SMTP codes from here to there may pass


def mail_of(to: Mail, *, subject: str, text: str, delivery: str, now: datetime) -> EmailMessage:
    """The mail (pure). Raises Refused where it cannot be written down."""
    mail = EmailMessage()
    try:
        mail["From"] = to.sender
        mail["To"] = ", ".join(to.to)
        mail["Subject"] = subject
        mail["Date"] = format_datetime(now)
        mail["Message-ID"] = f"<{delivery}@sourcekeep.invalid>"
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody is to answer by machine
        mail.set_content(text.encode("utf-8", "replace").decode())
    except (ValueError, IndexError) as error:
        raise Refused(f"an address is none: {error}") from None
    return mail


def send(to: Mail, mail: EmailMessage, *, timeout: float) -> str:
    """Send it once; what came of it. Raises Passing, Refused, NoSecret."""
    password = secret(to.login_with) if to.login_with is not None else None
    try:
        with _connected(to, timeout) as server:
            if to.user is not None and password is not None:
                _log_in(server, to.user, password)
            refused = server.send_message(mail)
    except smtplib.SMTPAuthenticationError as error:
        raise Refused(f"the server does not take the login ({error.smtp_code})") from None
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise (Passing if _may_pass(codes) else Refused)(f"no address is taken ({codes})") from None
    except smtplib.SMTPResponseException as error:
        raise (Passing if _may_pass([error.smtp_code]) else Refused)(f"the server says {error.smtp_code}") from None
    except smtplib.SMTPNotSupportedError as error:
        raise Refused(f"the server cannot do what is asked: {error}") from None
    except ssl.SSLError:
        raise Refused("its certificate is not trusted, or TLS failed") from None
    except (smtplib.SMTPException, OSError) as error:
        raise Passing(f"it cannot be reached ({type(error).__name__})") from None
    return f"taken, {len(refused)} addresses refused" if refused else "taken"


def _log_in(server: smtplib.SMTP, user: str, password: str) -> None:
    try:
        server.login(user, password)
    except smtplib.SMTPServerDisconnected:  # another try might have the account locked
        raise Refused("the server does not take the login: it hung up") from None


def _may_pass(codes: list[int]) -> bool:
    return all(_FIRST_PASSING <= code < _FIRST_LASTING for code in codes)


def _connected(to: Mail, timeout: float) -> smtplib.SMTP:
    """A session, over TLS unless that was not wanted. Raises what smtplib does."""
    context = ssl.create_default_context(cafile=str(to.ca_file) if to.ca_file else None)
    if to.tls is Tls.IMPLICIT:
        return smtplib.SMTP_SSL(to.host, to.port, timeout=timeout, context=context)
    server = smtplib.SMTP(to.host, to.port, timeout=timeout)
    try:
        if to.tls is Tls.STARTTLS:
            server.starttls(context=context)
    except BaseException:
        with contextlib.suppress(OSError):
            server.close()
        raise
    return server
