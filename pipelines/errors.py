"""The one root of our errors, with its five parts: what, where, expected, found, and what to do.

What belongs here: the root, and how its parts become text. What does not: any particular error (each is declared
beside the code that raises it), or what an error of a library or of the machine says (`cli/messages.py`).
"""

from __future__ import annotations


class ProductError(Exception):
    """Something that a person must know, in parts: `what` is wrong always, the others where there is more to say.

    `exit_code` is what the command ends with: 1 the work failed, 2 the words or variables given make no sense, 5 no
    publisher gave anything.
    """

    exit_code: int = 1

    def __init__(self, what: str, *, where: str = "", expected: str = "", found: str = "", do: str = "") -> None:
        super().__init__(what)
        self.what, self.where, self.expected, self.found, self.do = what, where, expected, found, do

    @property
    def parts(self) -> dict[str, str]:
        """The parts that were given, by name, in the order in which they are read."""
        every = {
            "what": self.what,
            "where": self.where,
            "expected": self.expected,
            "found": self.found,
            "do": self.do,
        }
        return {name: text for name, text in every.items() if text or name == "what"}

    def __str__(self) -> str:
        """All parts, one per line, aligned."""
        what, *others = self.parts.items()
        return "\n".join([what[1], *(f"  {f'{name}:':<9} {text}" for name, text in others)])
