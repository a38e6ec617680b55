"""How the program's own messages are written: to standard error, for people or as JSON lines."""

from __future__ import annotations

import logging
import sys

import structlog

_CALM_S = 60.0


def set_up_messages(*, as_json: bool = False, level: int = logging.INFO) -> None:
    """Set up structlog and the standard library's logging alike.

    Args:
        as_json: one JSON object on each line, in place of text for people.
        level: the lowest level that is written.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
    )
    # Tracebacks never show the values of variables, among which may be secrets.
    tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    last = [structlog.processors.ExceptionRenderer(tracebacks)] if as_json else []
    structlog.configure(
        processors=[*shared, *last, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last, renderer]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    handler.addFilter(_Calm())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


class _Calm(logging.Filter):
    """Lets dramatiq say once a minute only that Redis is away, which its threads find out every few seconds."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a message is to be written, and take the traceback from one that tells of Redis."""
        reason = record.exc_info[1] if record.exc_info else None
        if not record.name.startswith("dramatiq."):
            return True
        if reason is not None and type(reason).__module__.startswith("redis."):
            record.msg, record.args, record.exc_info = f"{record.getMessage()} {reason}", (), None
            record.exc_text = None
        said = str(record.msg)
        if record.created - self._said.get(said, 0.0) < _CALM_S:
            return False
        self._said[said] = record.created
        return True
