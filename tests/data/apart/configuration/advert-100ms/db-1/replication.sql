SELECT 'the primary follows nobody';
