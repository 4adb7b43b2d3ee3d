/** Kafka Playground's JavaScript API: `window.playground`, or this module. Times are microseconds since the start; offsets and epochs Numbers. */

/** Resolves when the program is loaded. */
export const ready: Promise<unknown>;

/** Runs a scenario in a world of its own and returns its text with the answers. Stops at a bad line with an Error that says the line, what was found and what was expected; its `text` is what came before. */
export function run(script: string): string;

/** Gives one command to the world on the screen; resolves to the lines of its answer when the playhead reaches it, and rejects when the line is bad or the run is left before. */
export function apply(line: string): Promise<string[]>;

export interface PartitionState { leader: number; leaderEpoch: number; partitionEpoch: number; replicas: number[]; isr: number[]; elr: number[] }
export interface ReplicaState { startOffset: number; endOffset: number; highWatermark: number }
export interface BrokerState { running: boolean; paused: boolean; registered: boolean; fenced: boolean; metadataOffset: number; logs: Record<string, ReplicaState> }
export interface ConsumerState { group?: string | null; positions: Record<string, number>; read: number }
export interface MessageState { id: number; from: string; to: string; api: string; response: boolean; sentAt: number; arrivesAt: number; held: boolean }

export interface State {
  time: number;
  end: number;
  playing: boolean;
  steps: number;
  facts: number;
  topics: Record<string, PartitionState[]>;
  brokers: Record<string, BrokerState>;
  consumers: Record<string, ConsumerState>;
  messages: MessageState[];
}

/** What is, at the playhead. */
export function state(): State;

export interface Fact { number: number; time: number; node: string; text: string }

/** The facts from number `from` on, up to the playhead; each in one canonical line. */
export function facts(from: number): Fact[];

/** Moves the playhead, back or forth. */
export function seek(time: number): void;
/** Lets time run. */
export function play(): void;
/** Stops it. */
export function pause(): void;
/** The ids of the messages that the page draws in flight, in order. */
export function drawn(): Float64Array;
/** The fingerprint of a fixed long run: equal in every browser and natively. */
export function fingerprint(): string;
