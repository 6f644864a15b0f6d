"""Puts text files into a C table: embed.py HEADER TYPE NAME FILE… > OUT.c (the table NAME of TYPE {name, text}, ended by one without a name)."""

import os
import sys

header, kind, name, *paths = sys.argv[1:]
print(f'/* Made by embed.py. */\n#include "{header}"\n\nconst {kind} {name}[] = {{')
for path in sorted(paths):
    with open(path, encoding="utf-8") as stream:
        lines = stream.read().splitlines()
    body = "\n".join('     "' + line.replace("\\", "\\\\").replace('"', '\\"') + '\\n"' for line in lines)
    print(f'    {{"{os.path.basename(path)}",\n{body}}},')
print("    {0}};")
