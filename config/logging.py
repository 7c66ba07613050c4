"""Log lines are JSON on standard error. They name people by id only: no query strings, no values out of errors."""

import logging
import re
import traceback
from typing import Any

import structlog
from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware


def without_link(text: str) -> str:
    """Return a text without the secret part of a link that was sent to one person."""
    return re.sub(r"(/external/)[^/\s]+", r"\1…", text)


class RequestLogMiddleware(RequestMiddleware):
    """Bind a request id, the user's id and the path to every line that is logged while a request is served."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {without_link(request.path)}"


class NoErrorText(logging.Filter):
    """Celery writes the text of a task's error into its message; keep only the error's class."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, dict) and "exc" in record.args:
            error = record.exc_info[0] if record.exc_info else None
            record.args = record.args | {"exc": error.__name__ if error else "error", "args": "", "kwargs": ""}
        return True


class NoLinks(logging.Filter):
    """Django names the path of what it refused."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(without_link(arg) if isinstance(arg, str) else arg for arg in record.args)
        return True


def where(exc_info: Any) -> list[str]:
    """Return classes and lines of an error and its causes, without their texts.

    A database quotes the whole row in an error, and a mail server the address.
    """
    found: list[str] = []
    error = exc_info[1]
    while error is not None:
        found.append(f"{type(error).__module__}.{type(error).__qualname__}")
        found += [f"{step.filename}:{step.lineno} {step.name}" for step in traceback.extract_tb(error.__traceback__)]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return found


SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *SHARED,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)


def lines(level: str) -> dict[str, Any]:
    """Return Django's LOGGING: one handler for everything, at ``level`` and above."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"no_error_text": {"()": NoErrorText}, "no_links": {"()": NoLinks}},
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.ExceptionRenderer(where),
                    structlog.processors.JSONRenderer(),
                ],
            }
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "json",
                "filters": ["no_error_text", "no_links"],
            },
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Celery names every task it starts and ends; with two a second that is noise.
            "celery.app.trace": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            # Refused sign-ins are rows of their own; the log need not repeat the names that were typed.
            "axes": {"level": "ERROR"},
        },
    }
