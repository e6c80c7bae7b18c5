"""What cannot be read.

ContentError               this tree or registry cannot be read at all
└── FrontMatterError       this one file's front matter cannot be read
"""

from core.errors import BroadsheetError


class ContentError(BroadsheetError):
    """A tree or registry of authors cannot be read; the message says what to change."""


class FrontMatterError(ContentError):
    """The head of one file cannot be read; the message says where and why."""
