/** What the program `exec_list` reads: lists of arguments, of any bytes without a NUL. */
export function encodeArgumentLists(lists: readonly (readonly (string | Buffer)[])[]): Buffer {
  return Buffer.concat(lists.flatMap((list) => frame(list.map((each) => Buffer.from(each as string)))));
}

function frame(list: readonly Buffer[]): Buffer[] {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(list.reduce((sum, each) => sum + each.length + 1, 0));
  return [size, ...list.flatMap((each) => [each, Buffer.alloc(1)])];
}
