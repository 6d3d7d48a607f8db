#include "recapi_provider.h"
