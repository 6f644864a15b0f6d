"""A few lines of TAP for the checks of the house."""


class Tap:
    def __init__(self):
        self.count = 0
        self.failed = 0

    def check(self, good, name, faults=()):
        self.count += 1
        if good:
            print(f"ok {self.count} - {name}")
            return
        self.failed += 1
        print(f"not ok {self.count} - {name}")
        for fault in faults:
            print(f"# {fault}")

    def skip(self, name, why):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {why}")

    def end(self):
        print(f"1..{self.count}")
        return 1 if self.failed else 0
