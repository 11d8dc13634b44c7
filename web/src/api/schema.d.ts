// Made by `npm run api` from docs/openapi.json. Do not edit.

export interface paths {
    "/api/v1/assets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Assets. */
        get: {
            parameters: {
                query?: {
                    /** @description Free text: matched in names, addresses and texts, case-insensitively. */
                    q?: string;
                    /** @description Only of this site. */
                    site?: string;
                    /** @description Only about this asset id. */
                    asset?: string;
                    /** @description Only in this zone id. */
                    zone?: string;
                    /** @description Only of this role. */
                    role?: string;
                    /** @description Only of this protocol. */
                    protocol?: string;
                    /** @description Only of this operation category, or of all acts: `acts`. */
                    category?: string;
                    /** @description Only in this state (findings): unacknowledged, acknowledged, shelved, or `open` for all but shelved and acknowledged. */
                    state?: string;
                    /** @description Only of this rule id. */
                    rule?: string;
                    /** @description Only of this priority. */
                    priority?: string;
                    /** @description From this time on (RFC 3339). */
                    from?: string;
                    /** @description Until this time (RFC 3339). */
                    to?: string;
                    /** @description Field to sort by; a leading `-` means descending. */
                    sort?: string;
                    /** @description Cursor from the page before. */
                    cursor?: string;
                    /** @description Items a page: 1 to 1000, 100 when absent. */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Page_Asset"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/assets/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One asset with its evidence. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AssetDetail"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/assets/{id}/override": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** A person's word on an asset; empty texts take it back. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["AssetOverride"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AssetDetail"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/assets/{id}/points": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Points of an asset that have values. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Page_PointInfo"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/assets/{id}/series": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The values of a point over time. */
        get: {
            parameters: {
                query: {
                    /** @description Point name. */
                    point: string;
                    /** @description From this time on (RFC 3339). */
                    from?: string;
                    /** @description Until this time (RFC 3339). */
                    to?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Series"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The record of what people did, newest first. */
        get: {
            parameters: {
                query?: {
                    /** @description Free text: matched in names, addresses and texts, case-insensitively. */
                    q?: string;
                    /** @description Only of this site. */
                    site?: string;
                    /** @description Only about this asset id. */
                    asset?: string;
                    /** @description Only in this zone id. */
                    zone?: string;
                    /** @description Only of this role. */
                    role?: string;
                    /** @description Only of this protocol. */
                    protocol?: string;
                    /** @description Only of this operation category, or of all acts: `acts`. */
                    category?: string;
                    /** @description Only in this state (findings): unacknowledged, acknowledged, shelved, or `open` for all but shelved and acknowledged. */
                    state?: string;
                    /** @description Only of this rule id. */
                    rule?: string;
                    /** @description Only of this priority. */
                    priority?: string;
                    /** @description From this time on (RFC 3339). */
                    from?: string;
                    /** @description Until this time (RFC 3339). */
                    to?: string;
                    /** @description Field to sort by; a leading `-` means descending. */
                    sort?: string;
                    /** @description Cursor from the page before. */
                    cursor?: string;
                    /** @description Items a page: 1 to 1000, 100 when absent. */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Page_AuditEntry"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/conversations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Conversations. */
        get: {
            parameters: {
                query?: {
                    /** @description Free text: matched in names, addresses and texts, case-insensitively. */
                    q?: string;
                    /** @description Only of this site. */
                    site?: string;
                    /** @description Only about this asset id. */
                    asset?: string;
                    /** @description Only in this zone id. */
                    zone?: string;
                    /** @description Only of this role. */
                    role?: string;
                    /** @description Only of this protocol. */
                    protocol?: string;
                    /** @description Only of this operation category, or of all acts: `acts`. */
                    category?: string;
                    /** @description Only in this state (findings): unacknowledged, acknowledged, shelved, or `open` for all but shelved and acknowledged. */
                    state?: string;
                    /** @description Only of this rule id. */
                    rule?: string;
                    /** @description Only of this priority. */
                    priority?: string;
                    /** @description From this time on (RFC 3339). */
                    from?: string;
                    /** @description Until this time (RFC 3339). */
                    to?: string;
                    /** @description Field to sort by; a leading `-` means descending. */
                    sort?: string;
                    /** @description Cursor from the page before. */
                    cursor?: string;
                    /** @description Items a page: 1 to 1000, 100 when absent. */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Page_Conversation"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/coverage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Coverage by segment. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Page_CoverageRow"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/findings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Findings, by rank. */
        get: {
            parameters: {
                query?: {
                    /** @description Free text: matched in names, addresses and texts, case-insensitively. */
                    q?: string;
                    /** @description Only of this site. */
                    site?: string;
                    /** @description Only about this asset id. */
                    asset?: string;
                    /** @description Only in this zone id. */
                    zone?: string;
                    /** @description Only of this role. */
                    role?: string;
                    /** @description Only of this protocol. */
                    protocol?: string;
                    /** @description Only of this operation category, or of all acts: `acts`. */
                    category?: string;
                    /** @description Only in this state (findings): unacknowledged, acknowledged, shelved, or `open` for all but shelved and acknowledged. */
                    state?: string;
                    /** @description Only of this rule id. */
                    rule?: string;
                    /** @description Only of this priority. */
                    priority?: string;
                    /** @description From this time on (RFC 3339). */
                    from?: string;
                    /** @description Until this time (RFC 3339). */
                    to?: string;
                    /** @description Field to sort by; a leading `-` means descending. */
                    sort?: string;
                    /** @description Cursor from the page before. */
                    cursor?: string;
                    /** @description Items a page: 1 to 1000, 100 when absent. */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Page_Finding"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/findings/act": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The same act on all findings that match, not on a page of them. */
        post: {
            parameters: {
                query?: {
                    /** @description Free text: matched in names, addresses and texts, case-insensitively. */
                    q?: string;
                    /** @description Only of this site. */
                    site?: string;
                    /** @description Only about this asset id. */
                    asset?: string;
                    /** @description Only in this zone id. */
                    zone?: string;
                    /** @description Only of this role. */
                    role?: string;
                    /** @description Only of this protocol. */
                    protocol?: string;
                    /** @description Only of this operation category, or of all acts: `acts`. */
                    category?: string;
                    /** @description Only in this state (findings): unacknowledged, acknowledged, shelved, or `open` for all but shelved and acknowledged. */
                    state?: string;
                    /** @description Only of this rule id. */
                    rule?: string;
                    /** @description Only of this priority. */
                    priority?: string;
                    /** @description From this time on (RFC 3339). */
                    from?: string;
                    /** @description Until this time (RFC 3339). */
                    to?: string;
                    /** @description Field to sort by; a leading `-` means descending. */
                    sort?: string;
                    /** @description Cursor from the page before. */
                    cursor?: string;
                    /** @description Items a page: 1 to 1000, 100 when absent. */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["FindingAct"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Count"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/findings/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One finding. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Finding"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/findings/{id}/act": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Acknowledges, shelves or reopens a finding: who, why and until when are kept. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["FindingAct"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Finding"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Live events (server-sent): `{id, topics}` when something changed, at most two a second. `Last-Event-ID` carries on;
         *     after a gap the topic `all` asks for everything to be fetched again.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": string;
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Logs in; the session is an HttpOnly cookie. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Login"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Me"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                429: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Logs out. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/map": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The map with computed positions. */
        get: {
            parameters: {
                query?: {
                    /** @description Ids of groups to unfold, separated by commas. */
                    expand?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MapView"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is logged in, and what the role may do. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Me"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/measurements": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Process values, newest first. */
        get: {
            parameters: {
                query?: {
                    /** @description Free text: matched in names, addresses and texts, case-insensitively. */
                    q?: string;
                    /** @description Only of this site. */
                    site?: string;
                    /** @description Only about this asset id. */
                    asset?: string;
                    /** @description Only in this zone id. */
                    zone?: string;
                    /** @description Only of this role. */
                    role?: string;
                    /** @description Only of this protocol. */
                    protocol?: string;
                    /** @description Only of this operation category, or of all acts: `acts`. */
                    category?: string;
                    /** @description Only in this state (findings): unacknowledged, acknowledged, shelved, or `open` for all but shelved and acknowledged. */
                    state?: string;
                    /** @description Only of this rule id. */
                    rule?: string;
                    /** @description Only of this priority. */
                    priority?: string;
                    /** @description From this time on (RFC 3339). */
                    from?: string;
                    /** @description Until this time (RFC 3339). */
                    to?: string;
                    /** @description Field to sort by; a leading `-` means descending. */
                    sort?: string;
                    /** @description Cursor from the page before. */
                    cursor?: string;
                    /** @description Items a page: 1 to 1000, 100 when absent. */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Page_Measurement"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Operations, newest first. */
        get: {
            parameters: {
                query?: {
                    /** @description Free text: matched in names, addresses and texts, case-insensitively. */
                    q?: string;
                    /** @description Only of this site. */
                    site?: string;
                    /** @description Only about this asset id. */
                    asset?: string;
                    /** @description Only in this zone id. */
                    zone?: string;
                    /** @description Only of this role. */
                    role?: string;
                    /** @description Only of this protocol. */
                    protocol?: string;
                    /** @description Only of this operation category, or of all acts: `acts`. */
                    category?: string;
                    /** @description Only in this state (findings): unacknowledged, acknowledged, shelved, or `open` for all but shelved and acknowledged. */
                    state?: string;
                    /** @description Only of this rule id. */
                    rule?: string;
                    /** @description Only of this priority. */
                    priority?: string;
                    /** @description From this time on (RFC 3339). */
                    from?: string;
                    /** @description Until this time (RFC 3339). */
                    to?: string;
                    /** @description Field to sort by; a leading `-` means descending. */
                    sort?: string;
                    /** @description Cursor from the page before. */
                    cursor?: string;
                    /** @description Items a page: 1 to 1000, 100 when absent. */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Page_Operation"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/packets.pcapng": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Kept packets as a pcapng file. Readable secrets in them are not masked: taking them out is noted in the record. */
        get: {
            parameters: {
                query: {
                    /** @description Packet ids, separated by commas. */
                    ids: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/x-pcapng": number[];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/packets/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A kept packet, decoded for a reader. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PacketView"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plant": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The plant model; null where none is loaded. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlantModel"] | null;
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        /** Replaces the plant model. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PlantModel"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlantModel"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/query": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Runs a read-only SQL query over the lake and what has not reached it yet. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Sql"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["QueryResult"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How things stand. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Status"];
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Users. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Page_User"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        /** Adds a user. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["NewUser"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["User"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Deletes a user and ends its sessions. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                409: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        /** Changes a user's role or password, or bars it. */
        patch: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    name: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UserChange"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["User"];
                    };
                };
                400: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                403: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
                404: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The program runs. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/plain": string;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Figures for Prometheus. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/plain": string;
                    };
                };
                401: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The stores answer and data are taken in. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/plain": string;
                    };
                };
                503: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ErrorBody"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description One function that would suffer. */
        AffectedFunction: {
            /**
             * Format: double
             * @description Minutes until loss is felt.
             */
            buffer_minutes: number;
            /**
             * Format: double
             * @description Money it would cost.
             */
            cost: number;
            /** @description `stops` or `degrades`. */
            effect: string;
            /** @description Function id of the plant model, or empty where none is modelled. */
            function: string;
            /**
             * Format: double
             * @description Hours it would be down.
             */
            hours: number;
            /** @description Name for people. */
            name: string;
            /** @description Unit and area, `Filter line · Treatment`. */
            place: string;
            /** @description Why it is affected, one sentence. */
            reason: string;
            /** @description Safety class: none, low, medium, high. */
            safety: string;
        };
        /** @description An ISA-95 area. */
        Area: {
            /** @description Id. */
            id: string;
            /** @description Name. */
            name: string;
        };
        /** @description What a finding would do to operations, and the arithmetic behind its priority and rank. */
        Assessment: {
            /** @description Currency. */
            currency: string;
            /**
             * Format: double
             * @description `likelihood` × (`loss` + `harm`): what orders the list.
             */
            expected_loss: number;
            /** @description Functions that would suffer. */
            functions: components["schemas"]["AffectedFunction"][];
            /**
             * Format: double
             * @description Money that stands for harm to people if the worst effect follows, by the worst safety class concerned, in `currency`.
             */
            harm?: number;
            /**
             * Format: double
             * @description Likelihood used, 0 to 1.
             */
            likelihood: number;
            /**
             * Format: double
             * @description Production lost if the worst effect follows, in `currency`.
             */
            loss: number;
            /** @description Whether a plant model gave the figures; otherwise stated defaults did. */
            modelled: boolean;
            /** @description Worst safety class concerned. */
            safety: string;
            /** @description The calculation, one step a line, for people. */
            steps: string[];
        };
        /** @description One machine as the product knows it. `None` means: no evidence. */
        Asset: {
            /** @description Firmware version. */
            firmware?: string | null;
            /** @description First packet from it. */
            first_seen: string;
            /** @description Ids of the functions of the plant model that stand on it. */
            functions: string[];
            /** @description Hardware revision. */
            hardware?: string | null;
            /** @description Stable id: `a-` and hexadecimal digits. */
            id: string;
            /** @description Outside the site's address space. */
            internet: boolean;
            /** @description IP addresses, sorted. */
            ips: string[];
            /** @description Last packet from it. */
            last_seen: string;
            /** @description MAC addresses, sorted. */
            macs: string[];
            /** @description Model. */
            model?: string | null;
            /** @description Best name: a person's, the device's own, or its address. */
            name: string;
            /** @description Order or catalogue number. */
            order_number?: string | null;
            /** @description Operating system. */
            os?: string | null;
            /** @description Protocols it spoke, sorted. */
            protocols: string[];
            /**
             * Format: double
             * @description Purdue level 0 to 5, 3.5 for the industrial DMZ; `None` where unknown.
             */
            purdue_level?: number | null;
            /** @description One of [`ROLES`]. */
            role: string;
            /**
             * Format: int32
             * @description 0 to 100.
             */
            role_confidence: number;
            /** @description Routes for others: its MAC stands before many addresses. */
            router: boolean;
            /** @description Serial number. */
            serial?: string | null;
            /** @description Site. */
            site: string;
            /** @description Vendor. */
            vendor?: string | null;
            /** @description Zone id. */
            zone?: string | null;
            /** @description Why this zone and level, one sentence. */
            zone_reason: string;
        };
        /** @description One value that evidence gives for one attribute of an asset. */
        AssetAttribute: {
            /** @description This value is the one shown; the others are conflicts. */
            chosen: boolean;
            /**
             * Format: int32
             * @description 0 to 100.
             */
            confidence: number;
            /**
             * Format: int64
             * @description How often.
             */
            count: number;
            /** @description First said. */
            first_seen: string;
            /**
             * Format: int64
             * @description Frame that said it first.
             */
            frame: number;
            /** @description Last said. */
            last_seen: string;
            /** @description Attribute name as in [`Asset`] (`vendor`, `firmware`, …) or `mac`, `ip`. */
            name: string;
            /** @description The kept packet. */
            packet?: string | null;
            /** @description The reason in words, where it was inferred. */
            reason: string;
            /** @description Where it was said: `s7comm.szl`, `oui`, `inference`, `person`. */
            source: string;
            /** @description Value. */
            value: string;
        };
        /** @description An asset with everything that is known of it. */
        AssetDetail: components["schemas"]["Asset"] & {
            /** @description Every value of every attribute, chosen ones first. */
            attributes: components["schemas"]["AssetAttribute"][];
        };
        /** @description A person's word on an asset; `Some` overrides, an empty text takes the override back. */
        AssetOverride: {
            /**
             * @description Model.
             * @default null
             */
            model: string | null;
            /**
             * @description Name.
             * @default null
             */
            name: string | null;
            /**
             * @description Purdue level as text: `0` to `5`, `3.5`.
             * @default null
             */
            purdue_level: string | null;
            /**
             * @description Role, one of [`ROLES`].
             * @default null
             */
            role: string | null;
            /**
             * @description Vendor.
             * @default null
             */
            vendor: string | null;
            /**
             * @description Zone id.
             * @default null
             */
            zone: string | null;
        };
        /** @description One row of the record of what people did. */
        AuditEntry: {
            /** @description What: `finding.acknowledge`. */
            action: string;
            /** @description When (machine's clock). */
            at: string;
            /** @description Details. */
            detail: string;
            /**
             * Format: int64
             * @description Number from 1.
             */
            id: number;
            /** @description On what. */
            object: string;
            /** @description Who. */
            user: string;
        };
        /**
         * @description What an operation does to its target. All but `read` and `diagnostic` are acts: kept one by one.
         * @enum {string}
         */
        Category: "read" | "write" | "control" | "program" | "configuration" | "diagnostic";
        /** @description Traffic that is allowed from one zone to another. */
        Conduit: {
            /** @description Zone of the clients. */
            from: string;
            /** @description Allowed protocol names; empty allows all. */
            protocols?: string[];
            /** @description Zone of the servers. */
            to: string;
        };
        /** @description A conversation as kept in state: all its windows added up. */
        Conversation: {
            /**
             * Format: int64
             * @description Flows that were answered.
             */
            answered: number;
            /**
             * Format: int64
             * @description Bytes from server.
             */
            bytes_to_client: number;
            /**
             * Format: int64
             * @description Bytes from client.
             */
            bytes_to_server: number;
            /** @description Client address as text. */
            client: string;
            /** @description Client's asset id. */
            client_asset?: string | null;
            /** @description Client's name for people. */
            client_name: string;
            /** @description Client's zone. */
            client_zone?: string | null;
            /** @description Encrypted. */
            encrypted: boolean;
            /** @description First packet. */
            first_seen: string;
            /**
             * Format: int64
             * @description Flows.
             */
            flows: number;
            /** @description Crosses zones without a conduit that allows it. */
            forbidden: boolean;
            /** @description Functions used, with counts: `read_holding_registers`. */
            functions: components["schemas"]["FunctionUse"][];
            /**
             * Format: int64
             * @description Stream bytes missing from the capture.
             */
            gap_bytes: number;
            /** @description Stable id: `c-` and hexadecimal digits. */
            id: string;
            /** @description Last packet. */
            last_seen: string;
            /** @description Began within the learning period. */
            learned: boolean;
            /**
             * Format: int64
             * @description Messages decoded.
             */
            messages: number;
            /** @description Seen in one direction only. */
            one_sided: boolean;
            /**
             * Format: int64
             * @description Packets from server.
             */
            packets_to_client: number;
            /**
             * Format: int64
             * @description Packets from client.
             */
            packets_to_server: number;
            /**
             * Format: int32
             * @description Server's port.
             */
            port: number;
            /** @description Recognised protocol, or empty. */
            protocol: string;
            /** @description Segments it was seen on. */
            segments: string[];
            /** @description Server address as text. */
            server: string;
            /** @description Server's asset id. */
            server_asset?: string | null;
            /** @description Server's name for people. */
            server_name: string;
            /** @description Server's zone. */
            server_zone?: string | null;
            /** @description Site. */
            site: string;
            /** @description `tcp`, `udp`, `ip`, `link`. */
            transport: string;
        };
        /** @description How many findings an act changed. */
        Count: {
            /**
             * Format: int64
             * @description Findings changed.
             */
            count: number;
        };
        /** @description Coverage of one segment over the whole time kept. */
        CoverageRow: {
            /**
             * Format: int64
             * @description Bytes.
             */
            bytes: number;
            /**
             * Format: int64
             * @description Damaged.
             */
            damaged: number;
            /**
             * Format: int64
             * @description Dropped.
             */
            dropped: number;
            /**
             * Format: int64
             * @description Encrypted.
             */
            encrypted: number;
            /**
             * Format: int64
             * @description Fell out of full tables.
             */
            evicted: number;
            /** @description First minute. */
            first_seen: string;
            /** @description Last minute. */
            last_seen: string;
            /**
             * Format: int64
             * @description With payload that nobody decodes.
             */
            not_parsed: number;
            /**
             * Format: int64
             * @description Of one-sided flows.
             */
            one_sided: number;
            /**
             * Format: int64
             * @description Packets seen.
             */
            packets: number;
            /**
             * Format: int64
             * @description Understood.
             */
            parsed: number;
            /** @description Packets by protocol, most first. */
            protocols: components["schemas"]["ProtocolCount"][];
            /** @description Segment. */
            segment: string;
            /** @description Sensor. */
            sensor: string;
            /** @description Site. */
            site: string;
        };
        /** @description The body of every error. */
        ErrorBody: {
            /** @description What happened, to which input, and what to do. */
            error: string;
        };
        /** @description A finding as people and scripts see it. */
        Finding: {
            /** @description What to do. */
            actions: string[];
            /** @description The asset that acted. */
            actor?: string | null;
            /** @description What it would do to operations. */
            assessment: components["schemas"]["Assessment"];
            /** @description Names of those assets, in the same order. */
            asset_names: string[];
            /** @description Asset ids, most affected first. */
            assets: string[];
            /** @description Likely causes. */
            causes: string[];
            /**
             * Format: int64
             * @description How many observations are grouped here.
             */
            count: number;
            /** @description Evidence. */
            evidence: components["schemas"]["FindingEvidence"][];
            /** @description First time. */
            first_time: string;
            /** @description When (the machine's clock: a person acts in real time). */
            handled_at?: string | null;
            /** @description Who acknowledged or shelved it last. */
            handled_by?: string | null;
            /** @description Why. */
            handled_reason?: string | null;
            /** @description Until when the acknowledgement or shelving holds. */
            handled_until?: string | null;
            /** @description Stable id. */
            id: string;
            /**
             * Format: double
             * @description Minutes to respond.
             */
            minutes_to_respond: number;
            /** @description The plant's sentence. */
            plant_sentence: string;
            /** @description Alarm priority. */
            priority: components["schemas"]["Priority"];
            /**
             * Format: int64
             * @description Place in the list, from 1; 0 while unranked.
             */
            rank: number;
            /** @description Rule id. */
            rule: string;
            /** @description Site. */
            site: string;
            /** @description The SOC's sentence. */
            soc_sentence: string;
            /** @description State. */
            state: components["schemas"]["State"];
            /** @description ATT&CK for ICS technique ids. */
            techniques: string[];
            /** @description Last time. */
            time: string;
            /** @description Title. */
            title: string;
        };
        /** @description What a person does with a finding. */
        FindingAct: {
            /** @description `acknowledge`, `shelve` or `reopen`. */
            act: string;
            /** @description Why; required to acknowledge or shelve. */
            reason: string;
            /** @description Until when (RFC 3339); required to acknowledge or shelve. */
            until?: string | null;
        };
        /** @description One piece of evidence of a finding. */
        FindingEvidence: {
            /** @description Target's address. */
            dst?: string | null;
            /**
             * Format: int64
             * @description Frame number.
             */
            frame: number;
            /** @description What it is: `operation`, `conversation`, `asset`, `anomaly`, `credential`. */
            kind: string;
            /** @description Kept packets. */
            packets: string[];
            /** @description Protocol. */
            protocol: string;
            /** @description Actor's address. */
            src?: string | null;
            /** @description In words: `laptop-7 → PLC 3: s7comm plc_stop, ok`. */
            text: string;
            /** @description When. */
            ts: string;
        };
        /** @description A function of the process, and what it costs to lose it. */
        Function: {
            /** @description IPs, MACs or names of the assets behind it. */
            assets?: string[];
            /**
             * Format: double
             * @description Minutes until a stop is felt (buffers, tanks).
             */
            buffer_minutes?: number;
            /**
             * Format: double
             * @description Cost of an hour's standstill, in the site's currency.
             */
            cost_per_hour?: number;
            /** @description Functions that it cannot run without. */
            depends_on?: string[];
            /** @description Id. */
            id: string;
            /** @description Name. */
            name: string;
            /** @description none, standby, parallel. */
            redundancy?: string;
            /**
             * Format: double
             * @description Hours to restart after a stop.
             */
            restart_hours?: number;
            /** @description none, low, medium, high. */
            safety?: string;
            /** @description Unit id. */
            unit: string;
        };
        /** @description How often a function was used in a conversation. */
        FunctionUse: {
            /** @description Category name. */
            category: string;
            /**
             * Format: int64
             * @description Times.
             */
            count: number;
            /** @description Function name. */
            function: string;
            /** @description Last use. */
            last: string;
        };
        /** @description A login. */
        Login: {
            /** @description User name. */
            name: string;
            /** @description Password. */
            password: string;
        };
        /** @description A horizontal Purdue band. */
        MapBand: {
            /**
             * Format: double
             * @description Height.
             */
            height: number;
            /** @description Label: `Level 1 · Control`. */
            label: string;
            /**
             * Format: double
             * @description Level; `None` is Unknown.
             */
            purdue_level?: number | null;
            /**
             * Format: double
             * @description Top.
             */
            y: number;
        };
        /** @description One edge of the map: conversations between two nodes, folded. */
        MapEdge: {
            /**
             * Format: int64
             * @description Conversations folded here.
             */
            conversations: number;
            /** @description One of them crosses zones without a conduit that allows it. */
            forbidden: boolean;
            /** @description Node of the clients. */
            from: string;
            /** @description Protocols, sorted. */
            protocols: string[];
            /** @description Node of the servers. */
            to: string;
        };
        /** @description One node of the map: an asset, a folded group of assets, or a zone box. */
        MapNode: {
            /**
             * Format: int64
             * @description How many assets it stands for.
             */
            count: number;
            /**
             * Format: double
             * @description Height.
             */
            height: number;
            /** @description Asset id, `group:…` or `zone:…`. */
            id: string;
            /** @description `asset`, `group` or `zone`. */
            kind: string;
            /** @description Label. */
            label: string;
            /** @description Parent node (zone box). */
            parent?: string | null;
            /** @description Highest priority of an open finding on it. */
            priority?: string | null;
            /**
             * Format: double
             * @description Purdue band: 5 to 0, 3.5; `None` is the Unknown band.
             */
            purdue_level?: number | null;
            /** @description Role (assets, groups of one role). */
            role: string;
            /**
             * Format: double
             * @description Width.
             */
            width: number;
            /**
             * Format: double
             * @description Centre, map units (1 unit = 1 px at 100 %).
             */
            x: number;
            /**
             * Format: double
             * @description Centre, downwards.
             */
            y: number;
            /** @description Zone id. */
            zone?: string | null;
        };
        /** @description The map with computed positions; never over 1,000 elements. */
        MapView: {
            /** @description Bands, top to bottom. */
            bands: components["schemas"]["MapBand"][];
            /** @description Edges. */
            edges: components["schemas"]["MapEdge"][];
            /** @description Groups that can be expanded were folded to stay within the limit. */
            folded: boolean;
            /**
             * Format: double
             * @description Total height.
             */
            height: number;
            /** @description Nodes. */
            nodes: components["schemas"]["MapNode"][];
            /**
             * Format: double
             * @description Total width.
             */
            width: number;
        };
        /** @description Who is logged in. */
        Me: {
            /** @description To be sent as `x-csrf-token` with every request that changes something. */
            csrf: string;
            /** @description What the role may do beyond looking. */
            permissions: string[];
            /** @description Role. */
            role: string;
            /** @description User name. */
            user: string;
        };
        /** @description A process value, kept when it changed by more than the dead-band. */
        Measurement: {
            /** @description The device that holds the point. */
            device: string;
            /**
             * Format: int64
             * @description Frame.
             */
            frame: number;
            /** @description The point: `holding_register 40`, `DB1.DBD4`, a tag. */
            point: string;
            /** @description Protocol it was seen in. */
            protocol: string;
            /** @description `good`, or the protocol's own words for what is wrong with it. */
            quality: string;
            /** @description Text value of non-numeric points. */
            text?: string | null;
            /** @description When the value was seen. */
            ts: string;
            /**
             * Format: double
             * @description Numeric value; 0 or 1 for binary points; NaN where only text is known.
             */
            value: number;
        };
        /** @description A new user. */
        NewUser: {
            /** @description Login name: letters, digits, `.`, `-`, `_`, `@`. */
            name: string;
            /** @description Password, 10 characters at least. */
            password: string;
            /** @description viewer, analyst, operator, engineer, admin. */
            role: string;
        };
        /**
         * @description One read, write, control, program, configuration or diagnostic act on a target; equal reads within a minute are
         *     folded into one row with a count.
         */
        Operation: {
            /** @description What kind of act. */
            category: components["schemas"]["Category"];
            /**
             * Format: int64
             * @description How many are folded here.
             */
            count: number;
            /** @description On which device. */
            dst: string;
            /**
             * Format: int32
             * @description Device's port.
             */
            dst_port: number;
            /**
             * Format: int64
             * @description Frame of the request (first of a folded row).
             */
            frame: number;
            /** @description Function, snake case: `write_single_register`. */
            function: string;
            /** @description Last of a folded row; equals `ts` for an act. */
            last: string;
            /** @description `ok`, `error: …` with the protocol's own name, `unanswered`, or `unconfirmed` where none is due. */
            outcome: string;
            /** @description The kept packets: request, then answer. */
            packets: string[];
            /** @description Protocol. */
            protocol: string;
            /** @description Who acted. */
            src: string;
            /** @description Source MAC of the actor's frame (may be a router's). */
            src_mac?: string | null;
            /**
             * Format: int32
             * @description Actor's port.
             */
            src_port: number;
            /** @description On what: register range, tag, object, block; empty where the device itself is the target. */
            target: string;
            /** @description When it was asked (first of a folded row). */
            ts: string;
            /** @description Values written or commanded, as text; none for reads. */
            value?: string | null;
        };
        /** @description One field of a layer. */
        PacketField: {
            /** @description Name. */
            name: string;
            /** @description Value. */
            value: string;
        };
        /** @description One layer of a decoded packet. */
        PacketLayer: {
            /** @description Name and value pairs. */
            fields: components["schemas"]["PacketField"][];
            /** @description `Ethernet II`, `IPv4`, `TCP`, `modbus`. */
            title: string;
        };
        /** @description A kept packet, decoded for a reader. */
        PacketView: {
            /**
             * Format: int64
             * @description Frame number.
             */
            frame: number;
            /** @description Bytes as lower-case hexadecimal, secrets masked as in the layers. */
            hex: string;
            /** @description Content address. */
            id: string;
            /** @description Headers from the link up: each a title and its fields. */
            layers: components["schemas"]["PacketLayer"][];
            /**
             * Format: int32
             * @description Length on the wire.
             */
            original_len: number;
            /** @description Capture time. */
            ts: string;
        };
        /** @description One page of a list. `next` is the cursor of the page after it, absent on the last. */
        Page_Asset: {
            /** @description The items, in the order asked for. */
            items: {
                /** @description Firmware version. */
                firmware?: string | null;
                /** @description First packet from it. */
                first_seen: string;
                /** @description Ids of the functions of the plant model that stand on it. */
                functions: string[];
                /** @description Hardware revision. */
                hardware?: string | null;
                /** @description Stable id: `a-` and hexadecimal digits. */
                id: string;
                /** @description Outside the site's address space. */
                internet: boolean;
                /** @description IP addresses, sorted. */
                ips: string[];
                /** @description Last packet from it. */
                last_seen: string;
                /** @description MAC addresses, sorted. */
                macs: string[];
                /** @description Model. */
                model?: string | null;
                /** @description Best name: a person's, the device's own, or its address. */
                name: string;
                /** @description Order or catalogue number. */
                order_number?: string | null;
                /** @description Operating system. */
                os?: string | null;
                /** @description Protocols it spoke, sorted. */
                protocols: string[];
                /**
                 * Format: double
                 * @description Purdue level 0 to 5, 3.5 for the industrial DMZ; `None` where unknown.
                 */
                purdue_level?: number | null;
                /** @description One of [`ROLES`]. */
                role: string;
                /**
                 * Format: int32
                 * @description 0 to 100.
                 */
                role_confidence: number;
                /** @description Routes for others: its MAC stands before many addresses. */
                router: boolean;
                /** @description Serial number. */
                serial?: string | null;
                /** @description Site. */
                site: string;
                /** @description Vendor. */
                vendor?: string | null;
                /** @description Zone id. */
                zone?: string | null;
                /** @description Why this zone and level, one sentence. */
                zone_reason: string;
            }[];
            /** @description Opaque cursor for the next page. */
            next?: string | null;
            /**
             * Format: int64
             * @description How many match in all, where counting is cheap.
             */
            total?: number | null;
        };
        /** @description One page of a list. `next` is the cursor of the page after it, absent on the last. */
        Page_AuditEntry: {
            /** @description The items, in the order asked for. */
            items: {
                /** @description What: `finding.acknowledge`. */
                action: string;
                /** @description When (machine's clock). */
                at: string;
                /** @description Details. */
                detail: string;
                /**
                 * Format: int64
                 * @description Number from 1.
                 */
                id: number;
                /** @description On what. */
                object: string;
                /** @description Who. */
                user: string;
            }[];
            /** @description Opaque cursor for the next page. */
            next?: string | null;
            /**
             * Format: int64
             * @description How many match in all, where counting is cheap.
             */
            total?: number | null;
        };
        /** @description One page of a list. `next` is the cursor of the page after it, absent on the last. */
        Page_Conversation: {
            /** @description The items, in the order asked for. */
            items: {
                /**
                 * Format: int64
                 * @description Flows that were answered.
                 */
                answered: number;
                /**
                 * Format: int64
                 * @description Bytes from server.
                 */
                bytes_to_client: number;
                /**
                 * Format: int64
                 * @description Bytes from client.
                 */
                bytes_to_server: number;
                /** @description Client address as text. */
                client: string;
                /** @description Client's asset id. */
                client_asset?: string | null;
                /** @description Client's name for people. */
                client_name: string;
                /** @description Client's zone. */
                client_zone?: string | null;
                /** @description Encrypted. */
                encrypted: boolean;
                /** @description First packet. */
                first_seen: string;
                /**
                 * Format: int64
                 * @description Flows.
                 */
                flows: number;
                /** @description Crosses zones without a conduit that allows it. */
                forbidden: boolean;
                /** @description Functions used, with counts: `read_holding_registers`. */
                functions: components["schemas"]["FunctionUse"][];
                /**
                 * Format: int64
                 * @description Stream bytes missing from the capture.
                 */
                gap_bytes: number;
                /** @description Stable id: `c-` and hexadecimal digits. */
                id: string;
                /** @description Last packet. */
                last_seen: string;
                /** @description Began within the learning period. */
                learned: boolean;
                /**
                 * Format: int64
                 * @description Messages decoded.
                 */
                messages: number;
                /** @description Seen in one direction only. */
                one_sided: boolean;
                /**
                 * Format: int64
                 * @description Packets from server.
                 */
                packets_to_client: number;
                /**
                 * Format: int64
                 * @description Packets from client.
                 */
                packets_to_server: number;
                /**
                 * Format: int32
                 * @description Server's port.
                 */
                port: number;
                /** @description Recognised protocol, or empty. */
                protocol: string;
                /** @description Segments it was seen on. */
                segments: string[];
                /** @description Server address as text. */
                server: string;
                /** @description Server's asset id. */
                server_asset?: string | null;
                /** @description Server's name for people. */
                server_name: string;
                /** @description Server's zone. */
                server_zone?: string | null;
                /** @description Site. */
                site: string;
                /** @description `tcp`, `udp`, `ip`, `link`. */
                transport: string;
            }[];
            /** @description Opaque cursor for the next page. */
            next?: string | null;
            /**
             * Format: int64
             * @description How many match in all, where counting is cheap.
             */
            total?: number | null;
        };
        /** @description One page of a list. `next` is the cursor of the page after it, absent on the last. */
        Page_CoverageRow: {
            /** @description The items, in the order asked for. */
            items: {
                /**
                 * Format: int64
                 * @description Bytes.
                 */
                bytes: number;
                /**
                 * Format: int64
                 * @description Damaged.
                 */
                damaged: number;
                /**
                 * Format: int64
                 * @description Dropped.
                 */
                dropped: number;
                /**
                 * Format: int64
                 * @description Encrypted.
                 */
                encrypted: number;
                /**
                 * Format: int64
                 * @description Fell out of full tables.
                 */
                evicted: number;
                /** @description First minute. */
                first_seen: string;
                /** @description Last minute. */
                last_seen: string;
                /**
                 * Format: int64
                 * @description With payload that nobody decodes.
                 */
                not_parsed: number;
                /**
                 * Format: int64
                 * @description Of one-sided flows.
                 */
                one_sided: number;
                /**
                 * Format: int64
                 * @description Packets seen.
                 */
                packets: number;
                /**
                 * Format: int64
                 * @description Understood.
                 */
                parsed: number;
                /** @description Packets by protocol, most first. */
                protocols: components["schemas"]["ProtocolCount"][];
                /** @description Segment. */
                segment: string;
                /** @description Sensor. */
                sensor: string;
                /** @description Site. */
                site: string;
            }[];
            /** @description Opaque cursor for the next page. */
            next?: string | null;
            /**
             * Format: int64
             * @description How many match in all, where counting is cheap.
             */
            total?: number | null;
        };
        /** @description One page of a list. `next` is the cursor of the page after it, absent on the last. */
        Page_Finding: {
            /** @description The items, in the order asked for. */
            items: {
                /** @description What to do. */
                actions: string[];
                /** @description The asset that acted. */
                actor?: string | null;
                /** @description What it would do to operations. */
                assessment: components["schemas"]["Assessment"];
                /** @description Names of those assets, in the same order. */
                asset_names: string[];
                /** @description Asset ids, most affected first. */
                assets: string[];
                /** @description Likely causes. */
                causes: string[];
                /**
                 * Format: int64
                 * @description How many observations are grouped here.
                 */
                count: number;
                /** @description Evidence. */
                evidence: components["schemas"]["FindingEvidence"][];
                /** @description First time. */
                first_time: string;
                /** @description When (the machine's clock: a person acts in real time). */
                handled_at?: string | null;
                /** @description Who acknowledged or shelved it last. */
                handled_by?: string | null;
                /** @description Why. */
                handled_reason?: string | null;
                /** @description Until when the acknowledgement or shelving holds. */
                handled_until?: string | null;
                /** @description Stable id. */
                id: string;
                /**
                 * Format: double
                 * @description Minutes to respond.
                 */
                minutes_to_respond: number;
                /** @description The plant's sentence. */
                plant_sentence: string;
                /** @description Alarm priority. */
                priority: components["schemas"]["Priority"];
                /**
                 * Format: int64
                 * @description Place in the list, from 1; 0 while unranked.
                 */
                rank: number;
                /** @description Rule id. */
                rule: string;
                /** @description Site. */
                site: string;
                /** @description The SOC's sentence. */
                soc_sentence: string;
                /** @description State. */
                state: components["schemas"]["State"];
                /** @description ATT&CK for ICS technique ids. */
                techniques: string[];
                /** @description Last time. */
                time: string;
                /** @description Title. */
                title: string;
            }[];
            /** @description Opaque cursor for the next page. */
            next?: string | null;
            /**
             * Format: int64
             * @description How many match in all, where counting is cheap.
             */
            total?: number | null;
        };
        /** @description One page of a list. `next` is the cursor of the page after it, absent on the last. */
        Page_Measurement: {
            /** @description The items, in the order asked for. */
            items: {
                /** @description The device that holds the point. */
                device: string;
                /**
                 * Format: int64
                 * @description Frame.
                 */
                frame: number;
                /** @description The point: `holding_register 40`, `DB1.DBD4`, a tag. */
                point: string;
                /** @description Protocol it was seen in. */
                protocol: string;
                /** @description `good`, or the protocol's own words for what is wrong with it. */
                quality: string;
                /** @description Text value of non-numeric points. */
                text?: string | null;
                /** @description When the value was seen. */
                ts: string;
                /**
                 * Format: double
                 * @description Numeric value; 0 or 1 for binary points; NaN where only text is known.
                 */
                value: number;
            }[];
            /** @description Opaque cursor for the next page. */
            next?: string | null;
            /**
             * Format: int64
             * @description How many match in all, where counting is cheap.
             */
            total?: number | null;
        };
        /** @description One page of a list. `next` is the cursor of the page after it, absent on the last. */
        Page_Operation: {
            /** @description The items, in the order asked for. */
            items: {
                /** @description What kind of act. */
                category: components["schemas"]["Category"];
                /**
                 * Format: int64
                 * @description How many are folded here.
                 */
                count: number;
                /** @description On which device. */
                dst: string;
                /**
                 * Format: int32
                 * @description Device's port.
                 */
                dst_port: number;
                /**
                 * Format: int64
                 * @description Frame of the request (first of a folded row).
                 */
                frame: number;
                /** @description Function, snake case: `write_single_register`. */
                function: string;
                /** @description Last of a folded row; equals `ts` for an act. */
                last: string;
                /** @description `ok`, `error: …` with the protocol's own name, `unanswered`, or `unconfirmed` where none is due. */
                outcome: string;
                /** @description The kept packets: request, then answer. */
                packets: string[];
                /** @description Protocol. */
                protocol: string;
                /** @description Who acted. */
                src: string;
                /** @description Source MAC of the actor's frame (may be a router's). */
                src_mac?: string | null;
                /**
                 * Format: int32
                 * @description Actor's port.
                 */
                src_port: number;
                /** @description On what: register range, tag, object, block; empty where the device itself is the target. */
                target: string;
                /** @description When it was asked (first of a folded row). */
                ts: string;
                /** @description Values written or commanded, as text; none for reads. */
                value?: string | null;
            }[];
            /** @description Opaque cursor for the next page. */
            next?: string | null;
            /**
             * Format: int64
             * @description How many match in all, where counting is cheap.
             */
            total?: number | null;
        };
        /** @description One page of a list. `next` is the cursor of the page after it, absent on the last. */
        Page_PointInfo: {
            /** @description The items, in the order asked for. */
            items: {
                /**
                 * Format: int64
                 * @description Kept changes.
                 */
                changes: number;
                /**
                 * Format: double
                 * @description Last value.
                 */
                last?: number | null;
                /**
                 * Format: double
                 * @description Greatest value.
                 */
                max?: number | null;
                /**
                 * Format: double
                 * @description Least value.
                 */
                min?: number | null;
                /** @description Point name. */
                point: string;
                /** @description Protocol. */
                protocol: string;
            }[];
            /** @description Opaque cursor for the next page. */
            next?: string | null;
            /**
             * Format: int64
             * @description How many match in all, where counting is cheap.
             */
            total?: number | null;
        };
        /** @description One page of a list. `next` is the cursor of the page after it, absent on the last. */
        Page_User: {
            /** @description The items, in the order asked for. */
            items: {
                /** @description When made. */
                created: string;
                /** @description May log in. */
                enabled: boolean;
                /** @description Last login. */
                last_login?: string | null;
                /** @description Login name. */
                name: string;
                /** @description viewer, analyst, operator, engineer, admin. */
                role: string;
            }[];
            /** @description Opaque cursor for the next page. */
            next?: string | null;
            /**
             * Format: int64
             * @description How many match in all, where counting is cheap.
             */
            total?: number | null;
        };
        /** @description The whole model as in `plant.toml`. */
        PlantModel: {
            /** @description ISA-95 areas. */
            area?: components["schemas"]["Area"][];
            /** @description Allowed traffic between zones. */
            conduit?: components["schemas"]["Conduit"][];
            /** @description Functions. */
            function?: components["schemas"]["Function"][];
            /**
             * Format: int32
             * @description Version of this file format: 1.
             */
            schema: number;
            /** @description The site. */
            site: components["schemas"]["Site"];
            /** @description ISA-95 units. */
            unit?: components["schemas"]["Unit"][];
            /** @description IEC 62443 zones. */
            zone?: components["schemas"]["Zone"][];
        };
        /** @description A point of a device. */
        PointInfo: {
            /**
             * Format: int64
             * @description Kept changes.
             */
            changes: number;
            /**
             * Format: double
             * @description Last value.
             */
            last?: number | null;
            /**
             * Format: double
             * @description Greatest value.
             */
            max?: number | null;
            /**
             * Format: double
             * @description Least value.
             */
            min?: number | null;
            /** @description Point name. */
            point: string;
            /** @description Protocol. */
            protocol: string;
        };
        /**
         * @description Alarm priority (ISA-18.2): fixed per kind of finding by consequence × time to respond.
         * @enum {string}
         */
        Priority: "low" | "medium" | "high" | "highest";
        /** @description Packets of one protocol. */
        ProtocolCount: {
            /**
             * Format: int64
             * @description Packets.
             */
            packets: number;
            /** @description Protocol, or transport and port where none was recognised. */
            protocol: string;
        };
        /** @description Rows of a query over the lake. */
        QueryResult: {
            /** @description Column names. */
            columns: string[];
            /** @description Rows, each a list of JSON values in the order of the columns. */
            rows: Record<string, never>[][];
            /** @description There were more rows than the limit. */
            truncated: boolean;
        };
        /** @description Series of one point, for a chart. */
        Series: {
            /** @description Point name. */
            point: string;
            /** @description Protocol. */
            protocol: string;
            /** @description Times, ascending, seconds since the epoch with fraction. */
            times: number[];
            /** @description Values; `null` where the quality was bad or the value is text. */
            values: (number | null)[];
        };
        /** @description A site. */
        Site: {
            /** @description ISO 4217 code of all costs. */
            currency?: string;
            /** @description Id: letters, digits, `-`. */
            id: string;
            /** @description Name. */
            name: string;
        };
        /** @description A query over the lake. */
        Sql: {
            /** @description Most rows wanted: 1 to 10000, 1000 when absent. */
            limit?: number | null;
            /** @description One SELECT statement. */
            sql: string;
        };
        /**
         * @description State of a finding as an alarm (ISA-18.2 clause 5).
         * @enum {string}
         */
        State: "unacknowledged" | "acknowledged" | "shelved" | "returned";
        /** @description How things stand. */
        Status: {
            /**
             * Format: int64
             * @description Assets.
             */
            assets: number;
            /**
             * Format: int64
             * @description Observations journalled but not in the lake yet.
             */
            backlog: number;
            /**
             * Format: int64
             * @description Conversations.
             */
            conversations: number;
            /** @description Event time up to which everything is folded in. */
            event_time: string;
            /** @description End of the learning period (event time); `None` while the span is unknown. */
            learning_until?: string | null;
            /** @description Findings not acknowledged nor shelved, by priority: low, medium, high, highest. */
            open_findings: number[];
            /** @description A plant model is loaded. */
            plant_model: boolean;
            /**
             * Format: double
             * @description Replay progress 0 to 1.
             */
            progress?: number | null;
            /** @description Site id. */
            site: string;
            /** @description Site name. */
            site_name: string;
            /** @description `replay`, `live`, `done` or `idle`. */
            source: string;
            /** @description When the last batch was applied (machine's clock). */
            updated: string;
            /** @description Program version. */
            version: string;
            /** @description Warnings that people should see (damaged capture, disk nearly full). */
            warnings: string[];
        };
        /** @description An ISA-95 unit. */
        Unit: {
            /** @description Area id. */
            area: string;
            /** @description Id. */
            id: string;
            /** @description Name. */
            name: string;
        };
        /** @description A user without secrets. */
        User: {
            /** @description When made. */
            created: string;
            /** @description May log in. */
            enabled: boolean;
            /** @description Last login. */
            last_login?: string | null;
            /** @description Login name. */
            name: string;
            /** @description viewer, analyst, operator, engineer, admin. */
            role: string;
        };
        /** @description A change of a user; what is absent stays. */
        UserChange: {
            /** @description May log in. */
            enabled?: boolean | null;
            /** @description New password. */
            password?: string | null;
            /** @description New role. */
            role?: string | null;
        };
        /** @description A zone. */
        Zone: {
            /** @description Id. */
            id: string;
            /** @description Name. */
            name: string;
            /**
             * Format: double
             * @description Purdue level 0 to 5, 3.5 for the industrial DMZ.
             */
            purdue_level: number;
            /** @description Its address ranges, CIDR. */
            subnets?: string[];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
