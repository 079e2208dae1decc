"""A message sent to everybody who wants it. Never raises: what could not be told is said in the result."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from tenacity import RetryError, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from crawler.notifications import mail, program, webhook
from crawler.notifications.channels import Channel, Mail, Notified, Program, Webhook
from crawler.notifications.message import Message, message_json, message_text, subject
from crawler.notifications.secrets import NoSecret
from crawler.notifications.sent import Passing, Undelivered
from crawler.terminal import json_line

logger = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0  # seconds between attempts, doubling


def notify(
    message: Message, channels: Iterable[Channel], *, folder: Path, sleep: Callable[[float], None] = time.sleep
) -> tuple[Notified, ...]:
    """Tell each channel that wants to hear of what happened; what came of each. Commands run in `folder`."""
    return tuple(_told(message, each, folder, sleep) for each in channels if each.on & message.happened)


def _told(message: Message, channel: Channel, folder: Path, sleep: Callable[[float], None]) -> Notified:
    attempts = Retrying(
        retry=retry_if_exception_type(Passing),
        stop=stop_after_attempt(channel.tries),
        wait=wait_exponential(multiplier=FIRST_WAIT, max=LONGEST_WAIT),
        sleep=sleep,
    )
    try:
        said = attempts(_once, message, channel, folder)
    except RetryError as error:
        why = str(error.last_attempt.exception())
        return _not_told(channel, f"{why}, {channel.tries} times")
    except (Undelivered, NoSecret) as error:
        return _not_told(channel, str(error))
    except Exception as error:  # noqa: BLE001 - the job has ended as it has, whatever goes wrong here
        return _not_told(channel, f"a fault of sourcekeep's ({type(error).__name__}), please report it")
    return Notified(name=channel.name, told=True, said=f"{channel.to.where}: {said}")


def _not_told(channel: Channel, why: str) -> Notified:
    said = f"{channel.to.where}: {why}"
    logger.warning("The notification %s was not delivered: %s", channel.name, said)
    return Notified(name=channel.name, told=False, said=said)


def _once(message: Message, channel: Channel, folder: Path) -> str:
    body = json_line(message_json(message)).encode("utf-8", "backslashreplace")
    match channel.to:
        case Webhook() as to:
            return webhook.post(to, body, delivery=message.id, at=int(time.time()), timeout=channel.timeout)
        case Mail() as to:
            made = mail.mail_of(
                to, subject=subject(message), text=message_text(message), delivery=message.id, now=message.at
            )
            return mail.send(to, made, timeout=channel.timeout)
        case Program() as to:
            return program.run(to, body, folder=folder, timeout=channel.timeout)
