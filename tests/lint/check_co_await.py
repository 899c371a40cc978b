#!/usr/bin/env python3
"""Only names go into a co_await.

g++ 12.2 destroys some temporaries twice that live in the same full expression as a co_await, inside its
operand or beside it. Measured with counting types; these are destroyed once too often:
  co_await f(T{...}), f({...})            an aggregate, or a braced list that makes one
  g(T{...}, co_await f()), T{co_await f()} an aggregate beside the co_await or around it
  co_await f([x] {...}), [x] {...}() + co_await f()  a lambda with captures
  c ? A() : co_await f(), co_await f(c ? A() : B())  a conditional between objects
Therefore a full expression with a co_await has no braced list, no lambda and no conditional, and no
brackets behind the co_await. A structured binding, a subscript in front, and a condition of if, while,
for or switch are fine.
"""
import re

import sources

PAIRS = {"(": ")", "[": "]", "{": "}"}


def match_brackets(text):
    """{position: position of its partner} for every bracket that has one."""
    partners, stack = {}, []
    for match in re.finditer(r"[()\[\]{}]", text):
        position, character = match.start(), match[0]
        if character in PAIRS:
            stack.append(position)
        elif stack and PAIRS[text[stack[-1]]] == character:
            partners[position] = stack.pop()
            partners[partners[position]] = position
    return partners


class FullExpression:
    """The text around one co_await that is evaluated as a whole: [begin, end)."""

    def __init__(self, text, partners, co_await):
        self.text, self.partners, self.co_await = text, partners, co_await
        self.begin = self._find_begin()
        self.end = self._find_end()

    def _find_begin(self):
        position = self.co_await - 1
        while position >= 0:
            character = self.text[position]
            if character == ";":
                break
            if character in ")]" or (character == "}" and self._goes_on_behind(position)):
                opening = self.partners.get(position, 0)
                if character == ")" and self._is_condition(opening):
                    break
                position = opening
            elif character == "}":
                break
            elif character == "{" and not self._is_list(position):
                break
            elif character == "(" and self._is_condition(position):
                break
            position -= 1
        return position + 1

    def _find_end(self):
        position = self.co_await
        while position < len(self.text):
            character = self.text[position]
            if character == ";":
                break
            if character in PAIRS:
                position = self.partners.get(position, len(self.text))
            elif character in ")]}" and self.partners.get(position, -1) < self.begin:
                break
            position += 1
        return position

    def _is_condition(self, opening):
        """Whether this '(' opens the condition of a statement: a full expression of its own."""
        return re.search(r"\b(if|while|for|switch|constexpr)\s*$", self.text[max(0, opening - 40):opening]) is not None

    def _goes_on_behind(self, closing):
        """Whether an expression continues behind this '}', which so ends a list or a lambda."""
        return re.match(r"\s*([,).\]?]|&&|\|\||->|==)", self.text[closing + 1:closing + 80]) is not None

    def _is_list(self, opening):
        """Whether this '{' begins a braced list instead of a block: a block has statements or follows ')'."""
        closing = self.partners.get(opening)
        if closing is None or ";" in self.text[opening:closing]:
            return False
        return re.search(r"([)]|\b(else|do|try))\s*$", self.text[max(0, opening - 40):opening]) is None

    def fault(self):
        text = self.text[self.begin:self.end]
        behind = self.text[self.co_await:self.end]
        if "{" in text or re.search(r"\[", behind):
            return "braces or brackets"
        if "?" in text:
            return "a conditional"
        if re.search(r"(?<![\w)\]\s])\s*\[(?!\[)", re.sub(r"\bauto\s*&{0,2}\s*\[", "", text)):
            return "a lambda"
        return None


def check(text):
    """(position, fault) of every co_await with more than names in its full expression."""
    text = sources.strip(text)
    partners = match_brackets(text)
    for match in re.finditer(r"\bco_await\b", text):
        fault = FullExpression(text, partners, match.start()).fault()
        if fault:
            yield match.start(), fault


if __name__ == "__main__":
    top = sources.root()
    found = []
    for name in sources.cpp_files(top):
        source = sources.read(top / name)
        found += [f"{name}:{sources.line_of(source, position)}: {fault} in the expression of a co_await; name it first"
                  for position, fault in check(source)]
    sources.report(found)
