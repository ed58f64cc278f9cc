import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The compilers to build it with, the first that is there. */
const COMPILERS = ["/usr/bin/gcc", "/usr/bin/clang"];
const FUNCTIONS = 12;

/** A C project that is built by make: sources that use a header in common, a library of them, and a program. */
export class CProject {
  readonly directory: string;
  readonly compiler: string;

  /** Writes it; throws when there is no compiler. */
  constructor(directory: string, files: number) {
    const compiler = COMPILERS.find((path) => existsSync(path));
    if (compiler === undefined) throw new Error("a build needs a C compiler: install gcc or clang");
    this.compiler = compiler;
    this.directory = directory;
    mkdirSync(join(directory, "source"), { recursive: true });
    const names = Array.from({ length: files }, (_, index) => `part${String(index)}`);
    const declarations = names.map((name) => `unsigned ${name}_sum(unsigned value);`);
    writeFileSync(join(directory, "parts.h"), `#pragma once\n${declarations.join("\n")}\n`);
    for (const name of names) writeFileSync(join(directory, "source", `${name}.c`), sourceOf(name));
    const calls = names.map((name) => `  sum += ${name}_sum(sum);`);
    writeFileSync(
      join(directory, "main.c"),
      `#include <stdio.h>\n#include "parts.h"\nint main(void) {\n  unsigned sum = 1;\n${calls.join("\n")}\n  printf("%u\\n", sum);\n}\n`,
    );
    writeFileSync(join(directory, "Makefile"), makefile(compiler));
  }

  /** Builds everything anew, so many jobs at a time. */
  buildCommand(jobs: number): readonly string[] {
    return ["make", "--silent", "--always-make", `--jobs=${String(jobs)}`, "--directory", this.directory];
  }
}

function sourceOf(name: string): string {
  const functions = Array.from(
    { length: FUNCTIONS },
    (_, index) =>
      `static unsigned step${String(index)}(unsigned value) {\n  for (unsigned i = 0; i < value % 97; i++) value = value * ${String(2 * index + 3)}u + i;\n  return value;\n}\n`,
  );
  const steps = functions.map((_, index) => `  value = step${String(index)}(value);`);
  return `#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include "parts.h"\n${functions.join("")}unsigned ${name}_sum(unsigned value) {\n${steps.join("\n")}\n  return value;\n}\n`;
}

function makefile(compiler: string): string {
  return `SOURCES := $(wildcard source/*.c)
OBJECTS := $(SOURCES:source/%.c=objects/%.o)

program: main.c libparts.a
\t${compiler} -O1 -I. -o $@ main.c libparts.a

libparts.a: $(OBJECTS)
\trm -f $@ && ar rc $@ $^

objects/%.o: source/%.c parts.h
\tmkdir -p objects && ${compiler} -O1 -I. -c -o $@ $<
`;
}
