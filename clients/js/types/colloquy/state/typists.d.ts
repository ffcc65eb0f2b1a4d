import type { Held } from './needs.js';
export declare class Typists {
    #private;
    /** @param {Held} held */
    constructor(held: Held);
    /** @param {{user_id: string, session_id: string | null, is_typing: boolean}} typist */
    heard({ user_id, session_id, is_typing }: {
        user_id: string;
        session_id: string | null;
        is_typing: boolean;
    }): undefined;
    forget(): void;
}
