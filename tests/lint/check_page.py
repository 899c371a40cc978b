#!/usr/bin/env python3
"""The web page writes no markup and no code out of texts, asks nothing of elsewhere, and has each text in each language."""
import re

import sources

FOLDER = "server/console/page/"
# How a text becomes markup or code. The page's policy forbids it, too; a browser would say so only when it happens.
MARKUP = (r"\b(?:innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|setHTMLUnsafe|parseFromString|srcdoc)\b"
          r"|\bdocument\.write|\beval\s*\(|\bnew Function\b|\bjavascript:|\bset(?:Timeout|Interval)\s*\(\s*[\"'`]")
# What the policy of the document forbids in it: code and styles of its own.
INLINE = r"<style\b|\sstyle\s*=|\son\w+\s*=|<script(?![^>]*\bsrc=)[^>]*>"
ELSEWHERE = r"(?<![\w.])(?:https?:)?//[a-z0-9][\w-]*\.[a-z]|@import\b|\burl\("
SVG_NAMESPACE = "http://www.w3.org/2000/svg"

KEY = re.compile(r"^  (\w+): ", re.M)
# t("key"), t(a ? "key" : "other"), and t(`kind_${x}`), of which the beginning is known.
CALL = re.compile(r"\bt\(((?:[^()\"`]*(?:\"\w+\"|`\w+\$\{[^}]*\}`))+)")
LANGUAGES = ("en", "zh")


def text_problems(top, names):
    keys = {language: set(KEY.findall(sources.read(top / f"{FOLDER}{language}.js"))) for language in LANGUAGES
            if f"{FOLDER}{language}.js" in names}
    if not keys:
        return []
    every = set().union(*keys.values())
    problems = [f"{FOLDER}{language}.js: has no {key}" for language in keys for key in sorted(every - keys[language])]
    for name in names:
        text = sources.read(top / name)
        for match in CALL.finditer(text):
            for key in re.findall(r"\"(\w+)\"", match[1]):
                if "?" not in match[1] and not match[1].startswith("\""):
                    continue
                if key not in every and not re.search(rf"[=!]==\s*\"{key}\"", match[1]):
                    problems.append(f"{name}:{sources.line_of(text, match.start())}: there is no text {key}")
            for stem in re.findall(r"`(\w+)\$", match[1]):
                if not any(key.startswith(stem) for key in every):
                    problems.append(f"{name}:{sources.line_of(text, match.start())}: there is no text {stem}…")
    return problems


top = sources.root()
names = [name for name in sources.files(top, ".js", ".css", ".html", ".svg") if name.startswith(FOLDER)]
documents = [name for name in names if name.endswith((".html", ".svg"))]
sources.report(sources.search(top, names, MARKUP, "'{}': a text would become markup or code")
               + sources.search(top, documents, INLINE, "'{}': code or styles within a document")
               + sources.search(top, names, ELSEWHERE, "'{}': asks something of elsewhere",
                                lambda text: text.replace(SVG_NAMESPACE, " " * len(SVG_NAMESPACE)))
               + text_problems(top, [name for name in names if name.endswith(".js")]))
