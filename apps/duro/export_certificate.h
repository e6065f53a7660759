/* duro export of a certificate: a file, or a folder with set.certificate and no solution. */
#ifndef DURO_APP_EXPORT_CERTIFICATE_H
#define DURO_APP_EXPORT_CERTIFICATE_H

#include "export_solution.h"

duro_status export_is_certificate(bool *is, const char *word);
/* Writes the files and says so. */
duro_status export_certificate(const char *word, const export_options *given);

#endif
