"""Which of Python's codecs a charset of a web page can name. Source: WHATWG Encoding standard, "Names and labels"."""

from __future__ import annotations

import codecs
import re

KNOWN = re.compile(
    r"utf-8(-sig)?|utf-16(-[lb]e)?|ascii|cp(866|874|932|949|125[0-8])|iso8859-\d{1,2}|koi8-[ru]|mac-(roman|cyrillic)"
    r"|tis-620|gbk|gb2312|gb18030|big5(hkscs)?|euc_(jp|kr)|iso2022_jp|shift_jis|hz"
)
"""Python's names of the encodings of pages. Its other codecs compress, escape or refuse every text, as `undefined`."""


def codec_of(charset: str) -> str:
    """Python's name of the encoding *charset*. Empty if browsers don't know it."""
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):  # ValueError: a null character
        return ""
    return name if KNOWN.fullmatch(name) else ""
