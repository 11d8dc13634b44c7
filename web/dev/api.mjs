// Makes src/api/schema.d.ts from the committed OpenAPI document. Operation ids are left out: the paths name everything.
import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';

const document = JSON.parse(await readFile(new URL('../../docs/openapi.json', import.meta.url), 'utf8'));
for (const path of Object.values(document.paths)) for (const operation of Object.values(path)) delete operation.operationId;
const head = '// Made by `npm run api` from docs/openapi.json. Do not edit.\n\n';
await writeFile(new URL('../src/api/schema.d.ts', import.meta.url), head + astToString(await openapiTS(document)));
