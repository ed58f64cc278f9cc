import koffi from "koffi";

/** A pointer to something of libbpf's; null means that the call failed and errno says why. */
export type Pointer = bigint | null;

/** The functions of libbpf 1.x that the tracer calls, as in its headers `libbpf.h` and `bpf.h`. */
export interface Libbpf {
  readonly version: string;
  openObject(path: string, options: Buffer): Pointer;
  loadObject(object: Pointer): number;
  /** The same in another thread; nothing else may be done with the object until it resolves. */
  loadObjectAside(object: Pointer): Promise<number>;
  closeObject(object: Pointer): void;
  findMap(object: Pointer, name: string): Pointer;
  findProgram(object: Pointer, name: string): Pointer;
  mapFd(map: Pointer): number;
  mapInitialValue(map: Pointer, size: Buffer): Pointer;
  setMapMaxEntries(map: Pointer, entries: number): number;
  programFd(program: Pointer): number;
  setProgramAutoload(program: Pointer, autoload: boolean): number;
  attachProgram(program: Pointer): Pointer;
  linkFd(link: Pointer): number;
  destroyLink(link: Pointer): number;
  createIterator(linkFd: number): number;
  possibleCpus(): number;
  lookUp(fd: number, key: Buffer, value: Buffer): number;
  update(fd: number, key: Buffer, value: Buffer, flags: number): number;
  delete(fd: number, key: Buffer): number;
  nextKey(fd: number, key: Buffer | null, next: Buffer): number;
  /** `bpf_obj_get_info_by_fd`, of a program or a map. */
  info(fd: number, info: Buffer, size: Buffer): number;
  pin(fd: number, path: string): number;
  /** A descriptor of what is pinned at the path; negative where there is nothing. */
  openPinned(path: string): number;
  createLink(programFd: number, targetFd: number, attachType: number, options: null): number;
}

/** Loads libbpf. Throws one line that says what to install when it is missing. */
export function openLibbpf(): Libbpf {
  const lib = loadLibrary();
  const versionString = lib.func("const char *libbpf_version_string()");
  const setPrint = lib.func("void *libbpf_set_print(void *print)");
  // Its messages go to stderr in a form of its own; errors are told by return values and the verifier's log instead.
  setPrint(null);
  const loadObject = lib.func("int bpf_object__load(void *object)");
  return {
    version: (versionString() as string).replace(/^v/, ""),
    openObject: lib.func("void *bpf_object__open_file(const char *path, void *options)"),
    loadObject,
    loadObjectAside: (object) =>
      new Promise((resolve, reject) => {
        loadObject.async(object, (error: Error | null, status: number) => {
          if (error === null) resolve(status);
          else reject(error);
        });
      }),
    closeObject: lib.func("void bpf_object__close(void *object)"),
    findMap: lib.func("void *bpf_object__find_map_by_name(void *object, const char *name)"),
    findProgram: lib.func("void *bpf_object__find_program_by_name(void *object, const char *name)"),
    mapFd: lib.func("int bpf_map__fd(void *map)"),
    mapInitialValue: lib.func("void *bpf_map__initial_value(void *map, _Out_ uint8_t *size)"),
    setMapMaxEntries: lib.func("int bpf_map__set_max_entries(void *map, uint32_t entries)"),
    programFd: lib.func("int bpf_program__fd(void *program)"),
    setProgramAutoload: lib.func("int bpf_program__set_autoload(void *program, bool autoload)"),
    attachProgram: lib.func("void *bpf_program__attach(void *program)"),
    linkFd: lib.func("int bpf_link__fd(void *link)"),
    destroyLink: lib.func("int bpf_link__destroy(void *link)"),
    createIterator: lib.func("int bpf_iter_create(int link)"),
    possibleCpus: lib.func("int libbpf_num_possible_cpus()"),
    lookUp: lib.func("int bpf_map_lookup_elem(int fd, const uint8_t *key, _Out_ uint8_t *value)"),
    update: lib.func(
      "int bpf_map_update_elem(int fd, const uint8_t *key, const uint8_t *value, uint64_t flags)",
    ),
    delete: lib.func("int bpf_map_delete_elem(int fd, const uint8_t *key)"),
    nextKey: lib.func("int bpf_map_get_next_key(int fd, const uint8_t *key, _Out_ uint8_t *next)"),
    info: lib.func("int bpf_obj_get_info_by_fd(int fd, _Inout_ uint8_t *info, _Inout_ uint8_t *size)"),
    pin: lib.func("int bpf_obj_pin(int fd, const char *path)"),
    openPinned: lib.func("int bpf_obj_get(const char *path)"),
    createLink: lib.func("int bpf_link_create(int program, int target, int type, void *options)"),
  };
}

function loadLibrary(): ReturnType<typeof koffi.load> {
  try {
    return koffi.load("libbpf.so.1");
  } catch (cause) {
    throw new Error(
      "libbpf.so.1 was not found: install libbpf 1.0 or newer (Debian and Ubuntu: apt-get install libbpf1)",
      {
        cause,
      },
    );
  }
}
