export type Ask = {
    /**
     * the tab that asked; null: it has gone, or the hub asks for its own sake
     */
    port: string | null;
    /**
     * of the tab's frame
     */
    id: string;
    since?: number;
    epoch?: string;
};
export type LaneParts = {
    /**
     * gives the id of the frame
     */
    subscribe: (wanted: {
        channel: string;
        since?: number;
        epoch?: string;
    }) => string;
    unsubscribe: () => void;
    give: (ports: Iterable<string>, frame: any) => void;
    /**
     * these tabs have missed something: they must come again
     */
    drop: (ports: Iterable<string>) => void;
    /**
     * nobody wants it any more
     */
    empty: () => void;
};
/**
 * @typedef {object} Ask
 * @property {string | null} port the tab that asked; null: it has gone, or the hub asks for its own sake
 * @property {string} id of the tab's frame
 * @property {number} [since]
 * @property {string} [epoch]
 */
/**
 * @typedef {object} LaneParts
 * @property {(wanted: {channel: string, since?: number, epoch?: string}) => string} subscribe gives the id of the frame
 * @property {() => void} unsubscribe
 * @property {(ports: Iterable<string>, frame: any) => void} give
 * @property {(ports: Iterable<string>) => void} drop these tabs have missed something: they must come again
 * @property {() => void} empty nobody wants it any more
 */
export declare class Lane {
    #private;
    name: string;
    /** Tabs that have it. @type {Set<string>} */
    ports: Set<string>;
    /**
     * @param {string} name
     * @param {LaneParts} parts
     */
    constructor(name: string, parts: LaneParts);
    /** Everyone who has it or waits for it. */
    wanted(): Generator<string, void, unknown>;
    /** @param {Ask} ask */
    ask(ask: Ask): void;
    /**
     * @param {string} port
     * @param {boolean} [tidy]
     */
    leave(port: string, tidy?: boolean): void;
    /** Whether a question is out. */
    get waiting(): boolean;
    /**
     * Whether that has this id.
     * @param {string} id
     */
    waitsFor(id: string): boolean;
    /** What was not answered is asked again: it may have been discarded. */
    again(): void;
    /**
     * The server's answer to a question of this lane.
     * @param {any} frame `subscribed` or `error`
     * @returns {boolean} false: it was none
     */
    answer(frame: any): boolean;
    /**
     * Something of this channel came.
     * @param {any} frame
     */
    take(frame: any): void;
}
