"""What a report writes into a document, between two lines of it."""

LAST = "<!-- end -->"


def put(path, made_by, text):
    """Replaces what stands between the line of `made_by` and the next <!-- end -->; with no path prints it."""
    if not path:
        print(text)
        return
    first = f"<!-- made by {made_by} -->"
    with open(path, encoding="utf-8") as file:
        before, rest = file.read().split(first, 1)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{before}{first}\n{text}\n{LAST}{rest.split(LAST, 1)[1]}")
