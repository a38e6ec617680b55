"""Notices become messages: templates that come with a notifier, each of which an operator may replace."""

from aslo_core.messages.fault import TemplateFault
from aslo_core.messages.media import HTML, JSON, TEXT, Medium, Written
from aslo_core.messages.options import TemplateOptions
from aslo_core.messages.templates import Templates

__all__ = ["HTML", "JSON", "TEXT", "Medium", "TemplateFault", "TemplateOptions", "Templates", "Written"]
