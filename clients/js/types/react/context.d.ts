import type { ReactNode } from 'react';
import type { Colloquy } from '../colloquy/index.js';
/**
 * Gives the client to all components below.
 * @param {{client: Colloquy, children?: ReactNode}} props
 */
export declare function ColloquyProvider({ client, children }: {
    client: Colloquy;
    children?: ReactNode;
}): import("react").FunctionComponentElement<import("react").ProviderProps<Colloquy | null>>;
/** The client itself. */
export declare function useColloquy(): Colloquy;
/**
 * Part of something outside: the component renders again only when a field of the part is another value.
 * @template T, P
 * @param {(changed: () => void) => () => void} subscribe  The same function until something else is to be listened to.
 * @param {() => T} get
 * @param {(whole: T) => P} select
 * @returns {P}
 */
export declare function usePart<T, P>(subscribe: (changed: () => void) => () => void, get: () => T, select: (whole: T) => P): P;
/**
 * How the connection is, with the time there and back in milliseconds.
 * @returns {{state: string, latency: number | null, transport: string | null, reconnect: () => void}}
 */
export declare function useConnection(): {
    state: string;
    latency: number | null;
    transport: string | null;
    reconnect: () => void;
};
