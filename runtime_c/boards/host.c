/* Files and exit on the machine that compiles. */
#include "platform.h"

#include <stdio.h>
#include <stdlib.h>

static FILE *files[8];

int nnopt_open(const char *name, int for_writing)
{
    for (int handle = 0; handle < 8; handle++) {
        if (files[handle] == NULL) {
            files[handle] = fopen(name, for_writing ? "wb" : "rb");
            return files[handle] == NULL ? -1 : handle;
        }
    }
    return -1;
}

size_t nnopt_read(int handle, void *data, size_t bytes)
{
    return fread(data, 1, bytes, files[handle]);
}

size_t nnopt_write(int handle, const void *data, size_t bytes)
{
    return fwrite(data, 1, bytes, files[handle]);
}

void nnopt_close(int handle)
{
    fclose(files[handle]);
    files[handle] = NULL;
}

void nnopt_exit(int code)
{
    exit(code);
}
