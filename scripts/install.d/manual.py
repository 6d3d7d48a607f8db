"""Writes manual pages from the command's own description of itself: `recapi --experimental-dump-help`."""

import json
import pathlib
import re
import sys

ENVIRONMENT = [
    ("RECAPI_PROVIDER_PATH", "Folders, separated by colons, that are searched for providers before all others."),
    ("CREDENTIALS_DIRECTORY", "Where the password source cred:NAME looks; systemd sets it."),
    ("NO_COLOR", "Where it is set and not empty, there are no colours."),
    ("TERM", "Where it is dumb, nothing on the screen moves or has a colour."),
]
FILES = [
    ("PREFIX/lib/recapi/providers/librecapi-provider-NAME.so", "The providers."),
    ("PREFIX/libexec/recapi/recapi-provider-host", "Hosts a provider in a process of its own."),
    ("PREFIX/share/recapi/schemas", "JSON Schemas of pipeline.json, of sites.json and of manifests."),
]


def escaped(text):
    """Text as roff has it: hyphens that can be copied, and no line that is a request by accident."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in text.split("\n"))


def paragraphs(text):
    """A discussion in roff; what is indented is an example."""
    lines = []
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        lines.append(".PP")
        if paragraph.startswith("  "):
            lines += [".RS 4", ".EX", escaped("\n".join(line.strip() for line in paragraph.split("\n"))), ".EE", ".RE"]
        else:
            lines.append(escaped(paragraph))
    return lines


def named(entries):
    lines = []
    for name, text in entries:
        lines += [".TP", f".B {escaped(name)}", escaped(text)]
    return lines


def spelled(argument):
    """The names of an option with its value, as in `-o, --option <value>`."""
    names = [("-" if name["kind"] == "short" else "--") + name["name"] for name in argument.get("names", [])]
    value = f" \\fI{escaped(argument['valueName'])}\\fR" if argument["kind"] == "option" else ""
    return ", ".join(f"\\fB{escaped(name)}\\fR" for name in names) + value


def synopsis(command, arguments):
    parts = [f".B {escaped(command)}"]
    for argument in arguments:
        if argument["kind"] == "positional":
            part = f"\\fI{escaped(argument['valueName'])}\\fR"
        else:
            preferred = argument["preferredName"]
            part = f"\\fB{escaped(('-' if preferred['kind'] == 'short' else '--') + preferred['name'])}\\fR"
            if argument["kind"] == "option":
                part += f"\\~\\fI{escaped(argument['valueName'])}\\fR"
        if argument["isRepeating"]:
            part += "..."
        parts.append(f"[{part}]" if argument["isOptional"] else part)
    return parts


def described(argument):
    text = argument.get("abstract", "")
    default = argument.get("defaultValue")
    if default and "(default:" not in text:
        text += f" (default: {default})"
    name = f"\\fI{escaped(argument['valueName'])}\\fR" if argument["kind"] == "positional" else spelled(argument)
    return [".TP", name, escaped(text)]


def statuses(discussion):
    """Takes the exit codes out of a discussion, where they are one paragraph: `Exit codes: 0 all done; 130, 143 stopped.`"""
    rest, codes = [], []
    for paragraph in re.split(r"\n\s*\n", discussion):
        if paragraph.startswith("Exit codes: "):
            for entry in paragraph[len("Exit codes: ") :].rstrip("\n").split("; "):
                number, meaning = re.fullmatch(r"(\d+(?:, \d+)*) (.*?)\.?", entry.strip(), flags=re.S).groups()
                codes.append((number, meaning[:1].upper() + meaning[1:] + "."))
        else:
            rest.append(paragraph)
    return "\n\n".join(rest), codes


def shown(arguments):
    return [argument for argument in arguments if argument["shouldDisplay"]]


def page(command, name, version, date, see_also, root):
    arguments = shown(command.get("arguments", []))
    commands = [each for each in command.get("subcommands", []) if each["shouldDisplay"] and each["commandName"] != "help"]
    discussion, codes = statuses(command.get("discussion", ""))
    abstract = command.get("abstract", "")
    lines = [
        f'.TH {escaped(name.replace(" ", "-")).upper()} 1 "{date}" "recapi {version}" "User Commands"',
        ".SH NAME",
        f"{escaped(name.replace(' ', '-'))} \\- {escaped(abstract[:1].lower() + abstract[1:].rstrip('.'))}",
        ".SH SYNOPSIS",
        ".nh",
    ]
    lines += synopsis(name, arguments)
    if commands:
        lines += [".I subcommand", "\\&..."]
    lines.append(".hy")
    lines += [".SH DESCRIPTION", escaped(abstract)] + (paragraphs(discussion) if discussion else [])
    if commands:
        lines.append(".SH SUBCOMMANDS")
        for each in commands:
            page_name = escaped(f"{name} {each['commandName']}".replace(" ", "-"))
            lines += [".TP", f".BR {page_name} (1)", escaped(each.get("abstract", ""))]
    lines.append(".SH OPTIONS")
    for argument in arguments:
        lines += described(argument)
    # A command with codes of its own describes them itself.
    if "Exits with 0 " not in discussion:
        lines += [".SH EXIT STATUS"] + named(codes or root["codes"])
    lines += [".SH ENVIRONMENT"] + named(ENVIRONMENT)
    if root["command"] is command:
        lines += [".SH FILES"] + named((path.replace("PREFIX", root["prefix"]), text) for path, text in FILES)
    lines += [".SH SEE ALSO", ",\n".join(f".BR {escaped(each)} (1)" for each in see_also if each != name.replace(" ", "-"))]
    return "\n".join(line for line in lines if line) + "\n"


def pages(command, name):
    """All commands with the names that people type, the root first."""
    yield command, name
    for each in command.get("subcommands", []):
        if each["shouldDisplay"] and each["commandName"] != "help":
            yield from pages(each, f"{name} {each['commandName']}")


def main():
    folder, prefix, version, date = pathlib.Path(sys.argv[1]), *sys.argv[2:5]
    command = json.load(sys.stdin)["command"]
    root = {"command": command, "codes": statuses(command.get("discussion", ""))[1], "prefix": prefix}
    if not root["codes"]:
        sys.exit("manual.py: the command's discussion has no exit codes")
    everything = list(pages(command, "recapi"))
    names = [name.replace(" ", "-") for _, name in everything]
    for each, name in everything:
        text = page(each, name, version, date, names, root)
        # A list of names is one request a line, each with its comma.
        text = re.sub(r"^(\.BR \S+ \(1\)),$", r"\1 ,", text, flags=re.M)
        (folder / f"{name.replace(' ', '-')}.1").write_text(text, encoding="utf-8")


main()
