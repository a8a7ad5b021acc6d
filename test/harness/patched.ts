import jsonpatch, { type Operation } from 'fast-json-patch'
import type { AdmissionReview } from '../../src/core/respond.ts'

/** The operations of an answer, decoded as the API server decodes them. */
export const operationsOf = ({ response }: AdmissionReview): Operation[] =>
  response.patch === undefined ? [] : JSON.parse(Buffer.from(response.patch, 'base64').toString())

/** What the API server would store. */
export const patched = <T>(object: T, answer: AdmissionReview): T =>
  jsonpatch.applyPatch(structuredClone(object), operationsOf(answer)).newDocument
