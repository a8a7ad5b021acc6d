import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { runOrThrow } from '../../parts/command.ts'
import { type Program, type Running, start, waitUntilReady } from '../../parts/processes.ts'
import { type Addresses, freeAddresses } from './addresses.ts'

/** A machine within this one: processes, network and mounts are its own, and end with it. */
export interface Machine extends Addresses {
  /** The folder of its control groups, under each controller. */
  readonly cgroup: string
  /** Starts a program in it. */
  readonly start: (program: Program) => Promise<Running>
}

/**
 * Folders where programs of a node keep things whatever they are told, and settings of the kernel that a kubelet
 * changes: the machine has its own of each.
 */
const SETUP = `
set -eu
for folder in /run /var/lib /var/log; do mount -t tmpfs -o mode=755 tmpfs "$folder"; done
for setting in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops \\
    kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
  copy="/run/settings-$(echo "$setting" | tr / -)"
  cat "/proc/sys/$setting" > "$copy"
  mount --bind "$copy" "/proc/sys/$setting"
done
ip link set lo up
ip addr add "$ADDRESS/30" dev eth0
ip link set eth0 up
ip route add default via "$HOST"
echo 1 > /proc/sys/net/ipv4/ip_forward
`

const CGROUPS = '/sys/fs/cgroup'

/** Of version 1 or of version 2. */
const cgroupRoots = (): readonly string[] =>
  existsSync(join(CGROUPS, 'cgroup.controllers'))
    ? [CGROUPS]
    : readdirSync(CGROUPS).map(controller => join(CGROUPS, controller))

const removeCgroup = (folder: string): void => {
  if (!existsSync(folder)) return
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeCgroup(join(folder, entry.name))
  rmdirSync(folder)
}

const sleepSync = (milliseconds: number): void =>
  void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)

/** The kernel takes a moment to bury the processes of a control group. */
const insist = (attempt: () => void, deadline = Date.now() + 10_000): void => {
  try {
    attempt()
  } catch (error) {
    if (Date.now() > deadline) throw error
    sleepSync(50)
    insist(attempt, deadline)
  }
}

const childOf = (pid: number): string =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()

/** Its first process. Killed with this process, and whoever runs in the machine with it: so does the kernel. */
const startFirst = async (dir: string, pause: string) => {
  const running = await start({
    name: 'machine',
    file: 'setpriv',
    args: [
      '--pdeathsig=KILL',
      'unshare',
      '--net',
      '--mount',
      '--pid',
      '--fork',
      '--mount-proc',
      '--kill-child',
      pause,
    ],
    log: join(dir, 'machine.log'),
  })
  await waitUntilReady([running], async () => childOf(running.pid) !== '')
  return { running, pid: childOf(running.pid) }
}

const connect = async ({ device, host, services, address, pods }: Addresses, pid: string) => {
  const ip = (...args: string[]) => runOrThrow({ file: 'ip', args })
  await ip('link', 'add', device, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', pid)
  await ip('addr', 'add', `${host}/30`, 'dev', device)
  await ip('link', 'set', device, 'up')
  return async (): Promise<void> => {
    for (const range of [services, pods])
      await ip('route', 'add', range, 'via', address, 'dev', device)
  }
}

/** Makes a machine, whose first process is `pause`, and reaches it by a network device of this one. It ends with this process. */
export const startMachine = async (dir: string, pause: string): Promise<Machine> => {
  const addresses = freeAddresses()
  const cgroup = `/${addresses.device}`
  const { running, pid } = await startFirst(dir, pause)
  const within = ['--target', pid, '--net', '--mount', '--pid', '--']
  // It waits without giving way: nothing else is done when a process exits.
  const remove = (): void => {
    spawnSync('kill', ['-KILL', String(running.pid), pid], { stdio: 'ignore' })
    for (const root of cgroupRoots()) insist(() => removeCgroup(join(root, cgroup)))
  }
  process.prependOnceListener('exit', remove)
  for (const root of cgroupRoots()) mkdirSync(join(root, cgroup), { recursive: true })
  const route = await connect(addresses, pid)
  const env = { ...process.env, ADDRESS: addresses.address, HOST: addresses.host }
  await runOrThrow({ file: 'nsenter', args: [...within, 'sh', '-c', SETUP], env })
  await route()
  return {
    ...addresses,
    cgroup,
    start: ({ file, args, ...program }) =>
      start({ ...program, file: 'nsenter', args: [...within, file, ...args] }),
  }
}
