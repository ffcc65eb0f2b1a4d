export type Bot = import('./types.js').Bot;
export type Json = import('./types.js').Json;
export type User = import('./types.js').User;
export type World = import('./world.js').World;
/** @param {Json} document */
export declare function documentView({ bytes: _, ...document }: Json): {
    [x: string]: any;
};
/**
 * @param {World} world
 * @param {User} user
 * @param {Bot} bot
 * @param {{name: string, type?: string, bytes: Uint8Array} | undefined} file
 */
export declare function upload(world: World, user: User, bot: Bot, file: {
    name: string;
    type?: string;
    bytes: Uint8Array;
} | undefined): Promise<{
    id: string;
    bot_id: string;
    filename: string;
    content_type: string;
    size: number;
    sha256: string;
    status: string;
    stage: null;
    progress: number;
    error: null;
    chunks: number;
    pages: null;
    uploaded_by: string;
    created_at: string;
    bytes: Uint8Array<ArrayBufferLike>;
}>;
/**
 * @param {World} world
 * @param {User} user
 * @param {Bot} bot
 * @param {{name: string, type?: string, bytes: Uint8Array}} file
 * @param {string} sha256
 */
export declare function addDocument(world: World, user: User, bot: Bot, { name, type, bytes }: {
    name: string;
    type?: string;
    bytes: Uint8Array;
}, sha256: string): {
    id: string;
    bot_id: string;
    filename: string;
    content_type: string;
    size: number;
    sha256: string;
    status: string;
    stage: null;
    progress: number;
    error: null;
    chunks: number;
    pages: null;
    uploaded_by: string;
    created_at: string;
    bytes: Uint8Array<ArrayBufferLike>;
};
/**
 * Brings a document through its stages to its end.
 * @param {World} world
 * @param {Json} document
 * @param {{error?: string}} [how]
 */
export declare function process(world: World, document: Json, { error }?: {
    error?: string;
}): void;
/**
 * A document that is being read gets on: a sign without a number.
 * @param {World} world
 * @param {Json} document
 * @param {number} progress from 0 to 1
 * @param {string} stage
 */
export declare function tick(world: World, document: Json, progress: number, stage: string): void;
/**
 * @param {World} world
 * @param {User} user
 * @param {Json} document
 */
export declare function cancelDocument(world: World, user: User, document: Json): void;
/**
 * @param {World} world
 * @param {User} user
 * @param {Json} document
 */
export declare function deleteDocument(world: World, user: User, document: Json): {
    chunks_removed: any;
    bytes_removed: any;
    citing_messages: number;
};
/**
 * Newest first.
 * @param {World} world
 * @param {Bot} bot
 */
export declare function documentsOf(world: World, bot: Bot): import("./types.js").Json[];
/**
 * @param {World} world
 * @param {string} user
 * @param {string} id
 * @param {import('./types.js').Role} [role]
 */
export declare function documentOf(world: World, user: string, id: string, role?: import('./types.js').Role): import("./types.js").Json;
