extension Manifest {
    /// The JSON Schema (draft 2020-12) of manifests.
    public static let jsonSchema = #"""
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "title": "recapi manifest",
          "type": "object",
          "additionalProperties": false,
          "required": ["schemaVersion", "tool", "run", "providers", "summary", "items"],
          "properties": {
            "schemaVersion": {"const": 1},
            "tool": {
              "type": "object",
              "additionalProperties": false,
              "required": ["name", "version"],
              "properties": {"name": {"type": "string"}, "version": {"type": "string"}}
            },
            "run": {
              "type": "object",
              "additionalProperties": false,
              "required": ["id", "start", "end", "configurationDigest"],
              "properties": {
                "id": {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"},
                "start": {"$ref": "#/$defs/timestamp"},
                "end": {"$ref": "#/$defs/timestamp"},
                "configurationDigest": {
                  "description": "SHA-256 of the configuration with all defaults, but without secrets and the number of jobs.",
                  "$ref": "#/$defs/sha256"
                },
                "shard": {
                  "description": "The share of the inputs that was taken, from 0; absent where that is all.",
                  "type": "string",
                  "pattern": "^[0-9]+/[0-9]+$"
                },
                "parts": {
                  "description": "Of a merged manifest: the ids of the runs that it was made of.",
                  "type": "array",
                  "items": {"type": "string"}
                }
              }
            },
            "providers": {
              "type": "array",
              "items": {
                "type": "object",
                "additionalProperties": false,
                "required": ["name", "library"],
                "properties": {
                  "name": {"type": "string"},
                  "library": {"type": "string"},
                  "isolated": {"description": "Ran in a process of its own.", "const": true}
                }
              }
            },
            "summary": {
              "type": "object",
              "additionalProperties": false,
              "required": ["total", "converted", "unchanged", "failed", "bySite"],
              "properties": {
                "total": {"$ref": "#/$defs/count"},
                "converted": {"$ref": "#/$defs/count"},
                "unchanged": {"$ref": "#/$defs/count"},
                "failed": {"$ref": "#/$defs/count"},
                "bySite": {
                  "type": "object",
                  "additionalProperties": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["total", "converted", "unchanged", "failed"],
                    "properties": {
                      "total": {"$ref": "#/$defs/count"},
                      "converted": {"$ref": "#/$defs/count"},
                      "unchanged": {"$ref": "#/$defs/count"},
                      "failed": {"$ref": "#/$defs/count"}
                    }
                  }
                }
              }
            },
            "notes": {"$ref": "#/$defs/notes"},
            "items": {
              "description": "One for each source, sorted by the bytes of the source's path.",
              "type": "array",
              "items": {"$ref": "#/$defs/item"}
            },
            "itemsGone": {
              "description": "The last records of sources that are not there any more, while their outputs are; not in the summary. Sorted as items.",
              "type": "array",
              "minItems": 1,
              "items": {"$ref": "#/$defs/item"}
            },
            "itemsSHA256": {
              "description": "From SHA-256 of nothing on, SHA-256 of the hex digest so far and the next item without blanks: items, then itemsGone, with that word before each.",
              "$ref": "#/$defs/sha256"
            }
          },
          "$defs": {
            "count": {"type": "integer", "minimum": 0},
            "notes": {"type": "array", "minItems": 1, "items": {"type": "string"}},
            "timestamp": {
              "type": "string",
              "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$"
            },
            "sha1": {"type": "string", "pattern": "^[0-9A-F]{40}$"},
            "sha256": {"type": "string", "pattern": "^[0-9A-F]{64}$"},
            "item": {
              "type": "object",
              "additionalProperties": false,
              "required": ["site", "source", "status", "verifiedBy", "durationMilliseconds", "identities"],
              "allOf": [
                {
                  "if": {"properties": {"status": {"const": "failed"}}},
                  "then": {"required": ["error"]},
                  "else": {"not": {"required": ["error"]}}
                },
                {
                  "if": {"properties": {"source": {"pattern": "^pkcs11:"}}},
                  "then": {"properties": {"sourceSHA256": false, "sourceBytes": false}},
                  "else": {
                    "properties": {"tokenExport": false, "keySHA256": false},
                    "if": {"properties": {"status": {"enum": ["converted", "unchanged"]}}},
                    "then": {"required": ["sourceSHA256"]}
                  }
                },
                {
                  "if": {"properties": {"status": {"const": "converted"}}},
                  "then": {"required": ["output", "outputSHA256", "sealedBy"], "properties": {"verifiedBy": {"minItems": 1}}}
                }
              ],
              "properties": {
                "site": {"type": "string"},
                "source": {
                  "description": "The absolute path, with U+FFFD for what is not UTF-8, or the URI of a key on a token.",
                  "type": "string"
                },
                "sourceBytes": {
                  "description": "The path percent-encoded, where it is not UTF-8.",
                  "type": "string"
                },
                "sourceSHA256": {"$ref": "#/$defs/sha256"},
                "keySHA256": {
                  "description": "For a key on a token: of its URI, public key and certificates.",
                  "$ref": "#/$defs/sha256"
                },
                "recipeSHA256": {
                  "description": "Of what decides what the output is, besides its source; never of a password.",
                  "$ref": "#/$defs/sha256"
                },
                "status": {"enum": ["converted", "unchanged", "failed"]},
                "error": {
                  "type": "object",
                  "additionalProperties": false,
                  "required": ["code", "message"],
                  "properties": {
                    "code": {"type": "string", "pattern": "^[a-z][A-Za-z0-9]*$"},
                    "message": {"type": "string"},
                    "hint": {"type": "string"}
                  }
                },
                "sealedBy": {"type": "string"},
                "verifiedBy": {"type": "array", "items": {"type": "string"}},
                "comparedBy": {
                  "description": "What was compared with the source, by the reader that saw it; recapi is our own.",
                  "type": "object",
                  "additionalProperties": {
                    "type": "array",
                    "items": {
                      "enum": ["certificates", "privateKey", "providerName", "machineKeySet", "keySpec", "localKeyID"]
                    }
                  }
                },
                "output": {
                  "description": "Relative to the manifest's folder where it is below that, and absolute otherwise. Of a failed item that of what an earlier run had left.",
                  "type": "string"
                },
                "outputBytes": {"description": "As sourceBytes.", "type": "string"},
                "outputSHA256": {"$ref": "#/$defs/sha256"},
                "earlierOutputSHA256": {
                  "description": "Of what an earlier run had put in the output's place.",
                  "$ref": "#/$defs/sha256"
                },
                "durationMilliseconds": {"type": "number", "minimum": 0},
                "tokenExport": {
                  "description": "How the key left its token in this run: shrouded by it, wrapped under a key of the session, or read. Of an unchanged output, the token shrouded the key once more, to the very bytes that are in it.",
                  "type": "object",
                  "additionalProperties": false,
                  "required": ["way", "token"],
                  "properties": {
                    "way": {"enum": ["shrouded", "wrapped", "read"]},
                    "mechanism": {"description": "By the name of its constant.", "type": "string"},
                    "token": {"description": "The token's URI.", "type": "string"}
                  }
                },
                "identities": {"type": "array", "items": {"$ref": "#/$defs/identity"}},
                "notes": {"$ref": "#/$defs/notes"}
              }
            },
            "identity": {
              "type": "object",
              "additionalProperties": false,
              "required": [
                "thumbprint", "thumbprintSHA256", "thumbprintUnchanged", "keyMatchesCertificate", "subject", "issuer",
                "serialNumber", "notAfter", "keyBits", "before", "chain"
              ],
              "properties": {
                "thumbprint": {"$ref": "#/$defs/sha1"},
                "thumbprintSHA256": {"$ref": "#/$defs/sha256"},
                "thumbprintUnchanged": {"type": "boolean"},
                "keyMatchesCertificate": {"type": "boolean"},
                "subject": {"type": "string"},
                "issuer": {"type": "string"},
                "serialNumber": {"type": "string", "pattern": "^-?[0-9A-F]*$"},
                "notAfter": {"type": "string"},
                "keyBits": {"type": "integer", "minimum": 0},
                "before": {"$ref": "#/$defs/placement"},
                "after": {"$ref": "#/$defs/placement"},
                "chain": {"type": "array", "items": {"$ref": "#/$defs/sha1"}}
              }
            },
            "placement": {
              "type": "object",
              "additionalProperties": false,
              "required": [
                "providerKind", "keySpec", "machineKeySet", "keyEncryption", "certificateEncryption", "mac", "iterations"
              ],
              "properties": {
                "providerName": {"type": "string"},
                "providerKind": {"enum": ["CNG", "CAPI1", "unspecified"]},
                "keySpec": {"enum": ["exchange", "signature", "both", "unspecified"]},
                "machineKeySet": {"type": "boolean"},
                "keyEncryption": {"type": "string"},
                "certificateEncryption": {"type": "string"},
                "mac": {"type": "string"},
                "iterations": {"type": "integer", "minimum": 0}
              }
            }
          }
        }
        """#
}
