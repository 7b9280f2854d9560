"""The ```pycon blocks of the documentation, for the tests that run them."""

import doctest
import re

SESSION = re.compile(r"^```pycon\n(.*?)^```", re.MULTILINE | re.DOTALL)


def sessions(text: str) -> list[list[doctest.Example]]:
    """The lines of every ```pycon block; each knows its line in the page."""
    found = []
    for block in SESSION.finditer(text):
        above = text.count("\n", 0, block.start(1))
        examples = doctest.DocTestParser().get_examples(block.group(1))
        for example in examples:
            example.lineno += above
        found.append(examples)
    return found
