export type Upload = {
    key: string;
    bot_id: string;
    filename: string;
    /**
     * Bytes.
     */
    loaded: number;
    total: number;
    status: 'uploading' | 'uploaded' | 'failed';
    /**
     * Why it failed.
     */
    error?: any;
    document_id?: string;
    /**
     * Stops it, or takes a failed one out of the list.
     */
    dismiss: () => void;
};
export type Step = {
    add: Upload;
} | {
    key: string;
    change: Partial<Upload> | null;
};
/**
 * A bot's documents with stage and progress as they change, and uploads on their way. One that fails stays in `uploads` with its
 * error until it is dismissed, and `upload` resolves to null; the others reject when the server refuses.
 * @param {string} bot_id
 */
export declare function useDocuments(bot_id: string): {
    documents: readonly import("../colloquy/state/types.js").Document[];
    more: boolean;
    role: import("../colloquy/state/types.js").Role | null;
    status: "away" | "gone" | "live" | "loading";
    loadMore: () => Promise<void | undefined>;
    /** Stops the work on it. @param {string} document_id */
    cancel: (document_id: string) => Promise<import("../colloquy/schema.js").Document>;
    /** Works on it again. @param {string} document_id */
    retry: (document_id: string) => Promise<import("../colloquy/schema.js").Document>;
    /** Deletes it; resolves to the proof. @param {string} document_id */
    remove: (document_id: string) => Promise<import("../colloquy/schema.js").RemovedView>;
    uploads: Upload[];
    upload: (file: File | Blob, { filename, signal }?: {
        filename?: string;
        signal?: AbortSignal;
    }) => Promise<import("../colloquy/schema.js").Document | null>;
};
