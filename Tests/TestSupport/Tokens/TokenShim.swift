/// A PKCS#11 module in C around a real one, built for one test: it tells the real module where its configuration is, keeps a
/// record of the calls that matter, and misbehaves as a file beside it says.
enum TokenShim {
    /// - Parameters:
    ///   - real: the path of the real module.
    ///   - variable: an environment variable that the real module reads, with its value.
    ///   - parameters: a string for C_Initialize, as p11-kit's `x-init-reserved` gives it.
    /// - Returns: the module's path.
    static func build(
        in folder: TemporaryFolder, around real: String, variable: (name: String, value: String)? = nil,
        parameters: String? = nil
    ) throws -> String {
        try folder.write(source.utf8, to: "shim.c")
        try folder.write([], to: "behaviour")
        try folder.write([], to: "calls")
        try ExternalTool(name: "cc", package: "gcc").check(
            [
                "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-I", "/usr/include/p11-kit-1", "-o",
                folder.path("shim.so"), folder.path("shim.c"), "-DREAL=\"\(real)\"", "-DFOLDER=\"\(folder.path)\"",
                "-DVARIABLE=\"\(variable?.name ?? "")\"", "-DVALUE=\"\(variable?.value ?? "")\"",
                "-DPARAMETERS=\"\(parameters ?? "")\"", "-DPIN=\"\(fixturePIN)\"",
            ])
        return folder.path("shim.so")
    }

    /// A program that generates key pairs: its arguments are the module, the token's label, the PIN and their number.
    static let generator = #"""
        #include <p11-kit/pkcs11.h>
        #include <dlfcn.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>

        #define CHECK(call) do { CK_RV rv = (call); if (rv != CKR_OK) { fprintf(stderr, "%s: %#lx\n", #call, rv); return 1; } } while (0)

        int main(int argc, char **argv)
        {
            CK_FUNCTION_LIST *m;
            void *library = argc == 5 ? dlopen(argv[1], RTLD_NOW) : 0;
            CK_C_GetFunctionList get = library ? (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList") : 0;
            CK_SLOT_ID slots[16];
            CK_ULONG count = 16;
            CK_SESSION_HANDLE session = 0;
            if (!get) return 1;
            CHECK(get(&m));
            CHECK(m->C_Initialize(0));
            CHECK(m->C_GetSlotList(1, slots, &count));
            for (CK_ULONG i = 0; i < count; i++) {
                CK_TOKEN_INFO info;
                CHECK(m->C_GetTokenInfo(slots[i], &info));
                if (memcmp(info.label, argv[2], strlen(argv[2])) == 0)
                    CHECK(m->C_OpenSession(slots[i], CKF_SERIAL_SESSION | CKF_RW_SESSION, 0, 0, &session));
            }
            CHECK(m->C_Login(session, CKU_USER, (unsigned char *)argv[3], strlen(argv[3])));
            for (int i = 0; i < atoi(argv[4]); i++) {
                unsigned char yes = 1, no = 0, exponent[] = {1, 0, 1}, id[] = {7, i >> 8, i & 255};
                CK_ULONG bits = 512;
                char label[32];
                CK_MECHANISM mechanism = {CKM_RSA_PKCS_KEY_PAIR_GEN, 0, 0};
                int size = snprintf(label, sizeof label, "many %d", i);
                CK_ATTRIBUTE public[] = {{CKA_TOKEN, &no, 1}, {CKA_MODULUS_BITS, &bits, sizeof bits}, {CKA_PUBLIC_EXPONENT, exponent, 3}};
                CK_ATTRIBUTE private[] = {{CKA_TOKEN, &yes, 1}, {CKA_PRIVATE, &yes, 1}, {CKA_SENSITIVE, &yes, 1},
                                          {CKA_EXTRACTABLE, &yes, 1}, {CKA_SIGN, &yes, 1}, {CKA_ID, id, 3},
                                          {CKA_LABEL, label, size}};
                CK_OBJECT_HANDLE a, b;
                CHECK(m->C_GenerateKeyPair(session, &mechanism, public, 3, private, 7, &a, &b));
            }
            return 0;
        }
        """#

    private static let source = #"""
        #define _GNU_SOURCE
        #include <p11-kit/pkcs11.h>
        #include <dlfcn.h>
        #include <fcntl.h>
        #include <signal.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <unistd.h>

        static CK_FUNCTION_LIST *real, list;

        /* Whether the file has this word as a line. */
        static int told(const char *word)
        {
            char line[80];
            int found = 0;
            FILE *file = fopen(FOLDER "/behaviour", "re");
            while (file && fgets(line, sizeof line, file)) {
                line[strcspn(line, "\n")] = 0;
                found |= strcmp(line, word) == 0;
            }
            if (file) fclose(file);
            return found;
        }

        static void note(const char *call)
        {
            int file = open(FOLDER "/calls", O_WRONLY | O_APPEND | O_CLOEXEC);
            char line[80];
            int size = snprintf(line, sizeof line, "%s\n", call);
            if (file >= 0) { (void)!write(file, line, size); close(file); }
        }

        /* What is told for a call beside crashing and hanging: CKR_ codes that a token in trouble gives. */
        static CK_RV failure(const char *call)
        {
            static const struct { const char *name; CK_RV value; } codes[] = {
                {"CKR_GENERAL_ERROR", CKR_GENERAL_ERROR}, {"CKR_DEVICE_ERROR", CKR_DEVICE_ERROR},
                {"CKR_HOST_MEMORY", CKR_HOST_MEMORY}, {"CKR_USER_NOT_LOGGED_IN", CKR_USER_NOT_LOGGED_IN},
                {"CKR_PIN_INCORRECT", CKR_PIN_INCORRECT}, {"CKR_MECHANISM_INVALID", CKR_MECHANISM_INVALID},
            };
            for (unsigned i = 0; i < sizeof codes / sizeof *codes; i++) {
                char word[80];
                snprintf(word, sizeof word, "%s-gives-%s", call, codes[i].name);
                if (told(word)) return codes[i].value;
            }
            return CKR_OK;
        }

        /* Crash, hang or fail, as told for a call. */
        static CK_RV fate(const char *call)
        {
            char word[80];
            note(call);
            snprintf(word, sizeof word, "%s-crashes", call);
            if (told(word)) abort();
            snprintf(word, sizeof word, "%s-hangs", call);
            if (told(word)) for (;;) pause();
            snprintf(word, sizeof word, "%s-fails", call);
            return told(word) ? CKR_GENERAL_ERROR : failure(call);
        }

        static void close_all(void)
        {
            CK_SLOT_ID slots[16];
            CK_ULONG count = 16;
            if (real->C_GetSlotList(1, slots, &count) == CKR_OK)
                for (CK_ULONG i = 0; i < count; i++) real->C_CloseAllSessions(slots[i]);
        }

        static CK_RV initialize(void *arguments)
        {
            /* NSS's structure has a string where the standard's has its reserved pointer, and that behind it. */
            struct { CK_C_INITIALIZE_ARGS standard; void *reserved; } with = {{0}, 0};
            CK_RV rv = fate("initialize");
            if (rv != CKR_OK) return rv;
            /* Not before: other shims in the process have other values. */
            if (*VARIABLE) setenv(VARIABLE, VALUE, 1);
            if (!*PARAMETERS) return real->C_Initialize(arguments);
            with.standard.flags = CKF_OS_LOCKING_OK;
            with.standard.pReserved = (void *)PARAMETERS;
            return real->C_Initialize(&with);
        }

        static CK_RV finalize(void *reserved) { note("finalize"); return real->C_Finalize(reserved); }

        static CK_RV slot_list(unsigned char present, CK_SLOT_ID *slots, CK_ULONG *count)
        {
            if (!slots) note("slots");
            if (present && told("removed")) { close_all(); *count = 0; return CKR_OK; }
            return real->C_GetSlotList(present, slots, count);
        }

        static CK_RV token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
        {
            CK_RV rv = fate("info");
            if (rv == CKR_OK) rv = told("removed") ? CKR_TOKEN_NOT_PRESENT : real->C_GetTokenInfo(slot, info);
            if (rv != CKR_OK) return rv;
            if (told("low")) info->flags |= CKF_USER_PIN_COUNT_LOW;
            if (told("final")) info->flags |= CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY;
            if (told("locked")) info->flags |= CKF_USER_PIN_LOCKED;
            if (told("protected")) info->flags |= CKF_PROTECTED_AUTHENTICATION_PATH;
            if (told("one-session")) info->ulMaxSessionCount = 1;
            return CKR_OK;
        }

        static CK_RV mechanism_info(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
        {
            if (told("no-digest") && (type == CKM_SHA1_RSA_PKCS || type == CKM_SHA224_RSA_PKCS || type == CKM_SHA256_RSA_PKCS
                                      || type == CKM_SHA384_RSA_PKCS || type == CKM_SHA512_RSA_PKCS))
                return CKR_MECHANISM_INVALID;
            if (told("no-wrap") && (type == CKM_AES_KEY_WRAP || type == CKM_AES_KEY_WRAP_PAD || type == CKM_DES3_CBC_PAD
                                    || type == CKM_AES_CBC_PAD))
                return CKR_MECHANISM_INVALID;
            if (type == CKM_RSA_AES_KEY_WRAP && told("rsa-aes-only")) {
                *info = (CK_MECHANISM_INFO){2048, 4096, CKF_WRAP | CKF_UNWRAP};
                return CKR_OK;
            }
            if (told("rsa-aes-only") && (type == CKM_AES_KEY_WRAP || type == CKM_AES_KEY_WRAP_PAD)) return CKR_MECHANISM_INVALID;
            if (told("no-aes-shroud") && type == CKM_AES_CBC_PAD) return CKR_MECHANISM_INVALID;
            if (told("no-padded-wrap") && type == CKM_AES_KEY_WRAP_PAD) return CKR_MECHANISM_INVALID;
            return real->C_GetMechanismInfo(slot, type, info);
        }

        /* Whether the token of a slot is told by its label to take no session. */
        static int is_full(CK_SLOT_ID slot)
        {
            CK_TOKEN_INFO info;
            char word[80];
            if (real->C_GetTokenInfo(slot, &info) != CKR_OK) return 0;
            int size = sizeof info.label;
            while (size > 0 && info.label[size - 1] == ' ') size--;
            snprintf(word, sizeof word, "full-%.*s", size, (char *)info.label);
            return told(word);
        }

        static CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, void *application, CK_NOTIFY notify, CK_SESSION_HANDLE *session)
        {
            CK_RV rv = fate("open");
            if (rv == CKR_OK && (told("full") || is_full(slot))) rv = CKR_SESSION_COUNT;
            return rv == CKR_OK ? real->C_OpenSession(slot, flags, application, notify, session) : rv;
        }

        static CK_RV close_session(CK_SESSION_HANDLE session) { note("close"); return real->C_CloseSession(session); }

        static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, unsigned char *pin, CK_ULONG size)
        {
            CK_RV rv = fate(user == CKU_CONTEXT_SPECIFIC ? "context-login" : "login");
            if (rv != CKR_OK) return rv;
            if (told("locks")) return CKR_PIN_LOCKED;
            if (told("protected") && !pin) { pin = (unsigned char *)PIN; size = strlen(PIN); }
            rv = real->C_Login(session, user, pin, size);
            return rv == CKR_OK && told("already") ? CKR_USER_ALREADY_LOGGED_IN : rv;
        }

        static CK_RV logout(CK_SESSION_HANDLE session) { note("logout"); return real->C_Logout(session); }

        static CK_RV sign(CK_SESSION_HANDLE session, unsigned char *data, CK_ULONG size, unsigned char *signature, CK_ULONG *room)
        {
            CK_RV rv = fate("sign");
            if (rv != CKR_OK) return rv;
            if (told("sign-dawdles")) usleep(300000);
            if (told("sign-removes")) { close_all(); return CKR_DEVICE_REMOVED; }
            return real->C_Sign(session, data, size, signature, room);
        }

        /* CKM_RSA_AES_KEY_WRAP as PKCS #11 defines it, of the mechanisms that SoftHSM2 has. */
        static CK_RV wrap_twice(CK_SESSION_HANDLE session, void *parameter, CK_OBJECT_HANDLE with, CK_OBJECT_HANDLE key,
                                unsigned char *wrapped, CK_ULONG *size)
        {
            struct { CK_ULONG bits; CK_RSA_PKCS_OAEP_PARAMS *oaep; } *parameters = parameter;
            CK_MECHANISM generate = {CKM_AES_KEY_GEN, 0, 0}, oaep = {CKM_RSA_PKCS_OAEP, parameters->oaep, sizeof *parameters->oaep},
                         padded = {CKM_AES_KEY_WRAP_PAD, 0, 0};
            unsigned char yes = 1, no = 0;
            CK_ULONG length = parameters->bits / 8, first = *size, second;
            CK_ATTRIBUTE template[] = {{CKA_TOKEN, &no, 1}, {CKA_VALUE_LEN, &length, sizeof length}, {CKA_WRAP, &yes, 1},
                                       {CKA_EXTRACTABLE, &yes, 1}};
            CK_OBJECT_HANDLE aes;
            CK_RV rv = real->C_GenerateKey(session, &generate, template, 4, &aes);
            if (rv == CKR_OK) rv = real->C_WrapKey(session, &oaep, with, aes, wrapped, &first);
            second = *size - first;
            if (rv == CKR_OK) rv = real->C_WrapKey(session, &padded, aes, key, wrapped + first, &second);
            if (rv == CKR_OK) *size = first + second;
            real->C_DestroyObject(session, aes);
            return rv;
        }

        static CK_RV wrap(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE with, CK_OBJECT_HANDLE key,
                          unsigned char *wrapped, CK_ULONG *size)
        {
            CK_RV rv = fate("wrap");
            if (rv == CKR_OK && mechanism->mechanism == CKM_RSA_AES_KEY_WRAP)
                return wrap_twice(session, mechanism->pParameter, with, key, wrapped, size);
            return rv == CKR_OK ? real->C_WrapKey(session, mechanism, with, key, wrapped, size) : rv;
        }

        /* DES keys have an odd number of bits in each byte; others are refused where the token is strict. */
        static int has_wrong_parity(CK_ATTRIBUTE *template, CK_ULONG count)
        {
            CK_ULONG is_des = 0, wrong = 0;
            for (CK_ULONG i = 0; i < count; i++) {
                unsigned char *value = template[i].pValue;
                if (template[i].type == CKA_KEY_TYPE) is_des = *(CK_ULONG *)template[i].pValue == CKK_DES3;
                for (CK_ULONG k = 0; template[i].type == CKA_VALUE && k < template[i].ulValueLen; k++)
                    wrong |= !__builtin_parity(value[k]);
            }
            return is_des && wrong;
        }

        /* Whether a secret key may be told again, or leave. */
        static int is_open(CK_ATTRIBUTE *template, CK_ULONG count)
        {
            int closed = 0;
            for (CK_ULONG i = 0; i < count; i++) {
                if (template[i].type == CKA_SENSITIVE) closed |= *(unsigned char *)template[i].pValue == 1 ? 1 : 0;
                if (template[i].type == CKA_EXTRACTABLE) closed |= *(unsigned char *)template[i].pValue == 0 ? 2 : 0;
            }
            return closed != 3;
        }

        static CK_ULONG class_of(CK_ATTRIBUTE *template, CK_ULONG count)
        {
            for (CK_ULONG i = 0; i < count; i++)
                if (template[i].type == CKA_CLASS) return *(CK_ULONG *)template[i].pValue;
            return ~0ul;
        }

        /* A private key's template, with what is told added or changed. */
        static CK_ULONG changed(CK_ATTRIBUTE *from, CK_ULONG count, CK_ATTRIBUTE *to)
        {
            static unsigned char yes = 1, no = 0;
            CK_ULONG size = 0;
            for (CK_ULONG i = 0; i < count && size < 60; i++) {
                if (from[i].type == CKA_SENSITIVE && told("not-sensitive")) continue;
                to[size++] = from[i];
            }
            if (told("not-sensitive")) to[size++] = (CK_ATTRIBUTE){CKA_SENSITIVE, &no, 1};
            if (told("trusted-only")) to[size++] = (CK_ATTRIBUTE){CKA_WRAP_WITH_TRUSTED, &yes, 1};
            if (told("always-authenticate")) to[size++] = (CK_ATTRIBUTE){CKA_ALWAYS_AUTHENTICATE, &yes, 1};
            return size;
        }

        static CK_RV create(CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *object)
        {
            CK_ATTRIBUTE other[64];
            CK_ULONG class = class_of(template, count);
            if (class == CKO_PRIVATE_KEY && told("no-private-keys")) return CKR_TEMPLATE_INCONSISTENT;
            if (class == CKO_SECRET_KEY && told("no-secret-keys")) return CKR_TEMPLATE_INCONSISTENT;
            if (class == CKO_SECRET_KEY && told("strict") && has_wrong_parity(template, count)) return CKR_ATTRIBUTE_VALUE_INVALID;
            if (class == CKO_SECRET_KEY && told("strict") && is_open(template, count)) return CKR_TEMPLATE_INCONSISTENT;
            if (class == CKO_CERTIFICATE && told("no-certificates")) return CKR_DEVICE_MEMORY;
            if (class != CKO_PRIVATE_KEY) return real->C_CreateObject(session, template, count, object);
            count = changed(template, count, other);
            return real->C_CreateObject(session, other, count, object);
        }

        static CK_RV generate(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_ATTRIBUTE *public, CK_ULONG public_count,
                              CK_ATTRIBUTE *private, CK_ULONG private_count, CK_OBJECT_HANDLE *public_key,
                              CK_OBJECT_HANDLE *private_key)
        {
            CK_ATTRIBUTE other[64];
            private_count = changed(private, private_count, other);
            return real->C_GenerateKeyPair(session, mechanism, public, public_count, other, private_count, public_key, private_key);
        }

        static CK_RV attributes(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *template, CK_ULONG count)
        {
            if (told("no-public-exponent")) {
                CK_ULONG class = 0;
                CK_ATTRIBUTE ask = {CKA_CLASS, &class, sizeof class};
                real->C_GetAttributeValue(session, object, &ask, 1);
                for (CK_ULONG i = 0; i < count && class == CKO_PRIVATE_KEY; i++)
                    if (template[i].type == CKA_PUBLIC_EXPONENT) {
                        template[i].ulValueLen = ~0ul;
                        return CKR_ATTRIBUTE_TYPE_INVALID;
                    }
            }
            if (told("broken-id-02")) {
                unsigned char id[8] = {0};
                CK_ATTRIBUTE ask = {CKA_ID, id, sizeof id};
                if (real->C_GetAttributeValue(session, object, &ask, 1) == CKR_OK && ask.ulValueLen == 1 && id[0] == 2)
                    return CKR_FUNCTION_FAILED;
            }
            if (told("few-attributes")) {
                for (CK_ULONG i = 0; i < count; i++)
                    if (template[i].type == CKA_WRAP_WITH_TRUSTED || template[i].type == CKA_ALWAYS_AUTHENTICATE
                        || template[i].type == CKA_LABEL) {
                        template[i].ulValueLen = ~0ul;
                        return CKR_ATTRIBUTE_TYPE_INVALID; /* and does not look at the rest, as some modules do */
                    }
            }
            return real->C_GetAttributeValue(session, object, template, count);
        }

        CK_RV C_GetFunctionList(CK_FUNCTION_LIST **functions)
        {
            if (!real) {
                void *library = dlopen(REAL, RTLD_NOW | RTLD_LOCAL);
                CK_C_GetFunctionList get = library ? (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList") : 0;
                if (!get || get(&real) != CKR_OK) return CKR_GENERAL_ERROR;
                list = *real;
                list.C_GetFunctionList = C_GetFunctionList;
                list.C_Initialize = initialize;
                list.C_Finalize = finalize;
                list.C_GetSlotList = slot_list;
                list.C_GetTokenInfo = token_info;
                list.C_GetMechanismInfo = mechanism_info;
                list.C_OpenSession = open_session;
                list.C_CloseSession = close_session;
                list.C_Login = login;
                list.C_Logout = logout;
                list.C_Sign = sign;
                list.C_WrapKey = wrap;
                list.C_CreateObject = create;
                list.C_GenerateKeyPair = generate;
                list.C_GetAttributeValue = attributes;
            }
            *functions = &list;
            return CKR_OK;
        }
        """#
}
